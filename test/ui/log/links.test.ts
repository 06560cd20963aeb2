import { describe, expect, it } from '@jest/globals';
import { findMatches } from '../../../src/ui/log/find-matches.js';
import { findLinks } from '../../../src/ui/log/links.js';

const linksIn = (text: string): string[] => findLinks(text).map(({ start, end }) => text.slice(start, end));

describe('links in output', () => {
  it.each([
    ['see https://example.com/a?b=c#d.', ['https://example.com/a?b=c#d']],
    ['(http://example.com/x)', ['http://example.com/x']],
    ['https://en.wikipedia.org/wiki/Bash_(Unix_shell)', ['https://en.wikipedia.org/wiki/Bash_(Unix_shell)']],
    ['"http://a.example",\'http://b.example\'', ['http://a.example', 'http://b.example']],
    ['HTTPS://EXAMPLE.COM', ['HTTPS://EXAMPLE.COM']],
    ['http://[::1]:8080/', ['http://[::1]:8080/']],
  ])('%s', (text, links) => expect(linksIn(text)).toEqual(links));

  it.each([
    'javascript:alert(1)',
    'javascript://example.com/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'ftp://example.com/ file:///etc/passwd',
    'http:// https://',
    'xhttp://example.com',
  ])('%s is none', (text) => expect(linksIn(text)).toEqual([]));
});

describe('matches in a line', () => {
  it('fold case unless it matters', () => {
    expect(findMatches('Error: no error', 'ERROR', false)).toEqual([
      { start: 0, end: 5 },
      { start: 10, end: 15 },
    ]);
    expect(findMatches('Error: no error', 'error', true)).toEqual([{ start: 10, end: 15 }]);
  });

  it('are where they stand, also after a character that is longer in lower case', () => {
    expect(findMatches('İİ x', 'X', false)).toEqual([{ start: 3, end: 4 }]);
  });
});
