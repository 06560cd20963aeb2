import { describe, expect, it } from '@jest/globals';
import { parseEnvLines } from '../../../src/ui/editor/env-lines.js';

const read = (text: string) =>
  Object.fromEntries(parseEnvLines(text).assignments.map(({ key, value }) => [key, value]));

describe('pasted environment lines', () => {
  it.each([
    ['plain', 'A=1\nB=two words', { A: '1', B: 'two words' }],
    ['exported', 'export A=1\n  export B=2\ndeclare -x C="3"', { A: '1', B: '2', C: '3' }],
    ['in double quotes', String.raw`A="say \"hi\" \$HOME \\ \n."`, { A: 'say "hi" $HOME \\ \n.' }],
    ['in single quotes', String.raw`A='as \n it $IS'`, { A: String.raw`as \n it $IS` }],
    ['with comments', '# about A\nA=1 # one\n\nB="x # y" # two\nC=#fff', { A: '1', B: 'x # y', C: '#fff' }],
    ['with equals signs', 'URL=http://x/?a=b&c=d#e', { URL: 'http://x/?a=b&c=d#e' }],
    ['empty', 'A=\nB=""\nC= # nothing', { A: '', B: '', C: '' }],
    ['over several lines', 'KEY="-----BEGIN\nabc\n-----END"\nB=2', { KEY: '-----BEGIN\nabc\n-----END', B: '2' }],
    ['from Windows', '\uFEFFA=1\r\nB="2"\r\n', { A: '1', B: '2' }],
    ['with a quote that is never closed', `A="open\nB='it's\nC=3`, { A: '"open', B: `'it's`, C: '3' }],
  ])('are read %s', (_, text, values) => expect(read(text)).toEqual(values));

  it('keep their order, and of a key given twice the last', () => {
    expect(parseEnvLines('A=1\nB=2\nA=3').assignments).toEqual([
      { key: 'B', value: '2' },
      { key: 'A', value: '3' },
    ]);
  });

  it('name what is no assignment and pass over what is no line', () => {
    expect(parseEnvLines('# only a comment\n\nhello world\n1A=2\nA=1\n= x')).toEqual({
      assignments: [{ key: 'A', value: '1' }],
      skipped: ['hello world', '1A=2', '= x'],
    });
  });

  it('expand nothing', () => {
    expect(read('A=$(rm -rf /)\nB=`id`\nC="$HOME"')).toEqual({ A: '$(rm -rf /)', B: '`id`', C: '$HOME' });
  });
});
