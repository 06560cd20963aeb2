import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { SecretMasker } from '../../../src/domain/secret/secret-masker.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What the encoders of these tests have to escape, each in its own way. */
const SECRET = `p4ss'w"rd $5\\<é&€>%;`;

describe('a secret that a program has escaped', () => {
  const masker = new SecretMasker([SECRET]);

  it.each<[string, string]>([
    ['printf %q of bash', String.raw`p4ss\'w\"rd\ \$5\\\<é\&€\>%\;`],
    ['printf %q of bash without a UTF-8 locale', String.raw`$'p4ss\'w"rd $5\\<\303\251&\342\202\254>%;'`],
    ['set -x and ${x@Q} of bash', String.raw`'p4ss'\''w"rd $5\<é&€>%;'`],
    ['declare -p and export -p of bash', String.raw`TOKEN="p4ss'w\"rd \$5\\<é&€>%;"`],
    ['export -p of dash and shlex of Python', String.raw`'p4ss'"'"'w"rd $5\<é&€>%;'`],
    ['inspect of Node.js', inspect({ SECRET })],
    ['repr of Python', String.raw`'p4ss\'w"rd $5\\<é&€>%;'`],
    ['ascii of Python', String.raw`'p4ss\'w"rd $5\\<\xe9&\u20ac>%;'`],
    ['repr of bytes of Python', String.raw`b'p4ss\'w"rd $5\\<\xc3\xa9&\xe2\x82\xac>%;'`],
    ['%q of Go', String.raw`"p4ss'w\"rd $5\\<é&€>%;"`],
    ['%+q of Go', String.raw`"p4ss'w\"rd $5\\<\u00e9&\u20ac>%;"`],
    [
      'JSON with a slash and all else in \\u',
      String.raw`"p4ss\u0027w\u0022rd \u00245\u005c\u003c\u00e9\u0026\u20ac\u003e%;"`,
    ],
    ['JSON within JSON within JSON', JSON.stringify(JSON.stringify(JSON.stringify(SECRET)))],
    ['XML, named', 'p4ss&apos;w&quot;rd $5\\&lt;é&amp;€&gt;%;'],
    ['HTML, named, as PHP has it', 'p4ss&#039;w&quot;rd $5\\&lt;&eacute;&amp;&euro;&gt;%;'],
    ['HTML, decimal', 'p4ss&#39;w&#34;rd&#32;$5&#92;&#60;&#233;&#38;&#8364;&#62;%;'],
    ['HTML, hexadecimal', 'p4ss&#x27;w&#x22;rd&#x20;$5&#x5C;&#x3C;&#xE9;&#x26;&#x20AC;&#x3e;&#x00025;;'],
    ['HTML, every character named', 'p4ss&apos;w&quot;rd &dollar;5&bsol;&lt;&eacute;&amp;&euro;&gt;&percnt;&semi;'],
    ['HTML within HTML', 'p4ss&amp;#39;w&amp;quot;rd $5\\&amp;lt;é&amp;amp;€&amp;gt;%;'],
    ['SQL', `INSERT INTO t VALUES ('p4ss''w"rd $5\\<é&€>%;')`],
    ['CSV', `1,"p4ss'w""rd $5\\<é&€>%;",2`],
    ['MySQL', String.raw`'p4ss\'w\"rd $5\\<é&€>%;'`],
    ['YAML', String.raw`token: "p4ss'w\"rd $5\\<\xE9&\u20AC>%;"`],
    ['a URL twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['escape of JavaScript', 'p4ss%27w%22rd%20%245%5C%3C%E9%26%u20AC%3E%25%3B'],
    ['a program that escapes everything in %', Buffer.from(SECRET).toString('hex').replace(/../g, '%$&')],
    ['a program that escapes everything in \\x', Buffer.from(SECRET).toString('hex').replace(/../g, '\\x$&')],
    ['printf %q of a JSON document', String.raw`\{\"a\":\"p4ss\'w\\\"rd\ \$5\\\\\<é\&€\>%\;\"\}`],
    ['JSON in HTML', '{&quot;a&quot;:&quot;p4ss&#39;w\\&quot;rd $5\\\\&lt;é&amp;€&gt;%;&quot;}'],
    ['JSON in a URL', encodeURIComponent(JSON.stringify({ a: SECRET }))],
    ['HTML in JSON of Go', String.raw`"p4ss\u0026#39;w\u0026#34;rd $5\\\u0026lt;é\u0026amp;€\u0026gt;%;"`],
  ])('is masked: %s', (_, printed) => {
    const masked = masker.text(printed);
    expect(masked.match(/\*\*\*/g)).toHaveLength(1);
    expect(masked).not.toMatch(/p4ss|rd|%70|x70|&#112|\$5|€|8364|20ac/i);
    // Of the secret nothing is left but what stands beside it in the same form.
    const [before = '', after = ''] = masked.split('***');
    expect(printed.startsWith(before) && printed.endsWith(after)).toBe(true);
  });

  it('is masked where quotes are its ends, but for those that are doubled', () => {
    const masks = new SecretMasker([`"quoted"`]);
    expect(masks.text('\\"quoted\\"')).toBe('***');
    expect(masks.text(JSON.stringify('"quoted"'))).toBe('"***"');
    expect(masks.text('&quot;quoted&quot;')).toBe('***');
    expect(masks.text('%22quoted%22')).toBe('***');
    expect(masks.text(`"""quoted"""`)).toBe(`""***""`);
  });

  it('is masked behind a backslash, a percent sign and an ampersand', () => {
    const masks = new SecretMasker(['new-t0ken', '41more', 'quot;e']);
    expect(masks.text('C:\\new-t0ken')).toBe('C:\\***');
    expect(masks.text('100%41more')).toBe('100%***');
    expect(masks.text('&quot;e')).toBe('&***');
  });

  it('is masked when source code joins it from quoted lines', () => {
    const key = Array.from({ length: 4 }, (_, i) => `line ${i} of "the" key`).join('\n');
    const masks = new SecretMasker([key]);
    expect(masks.text(inspect({ key }))).toBe(`{\n  key: '***'\n}`);
    expect(masks.text(`('line 0 of "the" key\\n'\n 'line 1 of "the" key\\n' 'line 2')`)).toBe(
      `('***\\n'\n '***\\n' 'line 2')`,
    );
  });

  it('is one of base64 in JSON of PHP, in a URL and in several lines of a JSON string', () => {
    const secret = '>>>???secret>>>???';
    const encoded = base64(secret);
    expect(encoded).toMatch(/[+/]/);
    const masks = new SecretMasker([secret]);
    expect(masks.text(`"${encoded.replaceAll('/', '\\/')}"`)).toBe('"***"');
    expect(masks.text(`?a=${encodeURIComponent(encoded)}&b`)).toBe('?a=***&b');
    expect(masks.text(`"${encoded.slice(0, 12)}\\n${encoded.slice(12)}\\n"`)).toBe('"***\\n"');
  });

  it('is the only thing that is masked', () => {
    const text = String.raw`p4ss'w"rd $6 \n %41 &amp; &#39; '' "" \\ \" \u0041 %%% &&& \\\\\\\\\\ p4ss\'w%22rd&nbsp;`;
    expect(masker.text(text)).toBe(text);
    expect(new SecretMasker(['isit']).text('is it, is\nit?')).toBe('is it, is\nit?');
  });
});

describe('a secret that is broken over two lines', () => {
  const secret = 'abcdefghij-klmnopqrst';
  const masks = new SecretMasker([secret]);

  it.each([6, 8, 12, 20])('is masked as one when %i of its characters are in the first', (width) => {
    expect(masks.text(`x ${secret.slice(0, width)}\n   ${secret.slice(width)} y`)).toBe('x *** y');
    expect(masks.text(`x ${secret.slice(0, width)}\r\n${secret.slice(width)} y`)).toBe('x *** y');
  });

  it('shows no more than five characters of it', () => {
    for (let width = 1; width < 6; width++)
      expect(masks.text(`${secret.slice(0, width)}\n${secret.slice(width)}`)).toBe(`${secret.slice(0, width)}\n***`);
  });

  it('does not keep a line back for a few characters at its end', () => {
    const stream = masks.stream();
    expect(stream.push('abcde\n')).toBe('abcde\n');
    expect(stream.push('fghij')).toBe('');
    expect(stream.push('-klmnopqrst')).toBe('***');
    expect(stream.push('abcdef\n')).toBe('');
    expect(stream.push('other')).toBe('abcdef\nother');
  });
});

describe('a secret that is a JSON document', () => {
  const value = {
    user: 'corr3ct-h0rse',
    short: 'abcdefg',
    port: 12345678,
    'a long key of it': true,
    list: [{ deep: 'battery "st4ple"\nand more' }],
    text: JSON.stringify({ inner: 'document in a string' }),
  };

  it.each([
    ['compact', JSON.stringify(value)],
    ['pretty printed', `${JSON.stringify(value, null, 2)}\n`],
  ])('and %s, is masked by its strings of eight characters or more', (_, secret) => {
    const masks = new SecretMasker([secret]);
    expect(masks.text(value.user)).toBe('***');
    expect(masks.text('corr3ct-h0rse, "document in a string".')).toBe('***, "***".');
    expect(masks.text(value.list[0]!.deep)).toBe('***');
    expect(masks.text('battery "st4ple"')).toBe('***');
    expect(masks.text(JSON.stringify({ v: value.list[0]!.deep }))).toBe('{"v":"***"}');
    expect(masks.text(encodeURIComponent(value.list[0]!.deep))).toBe('***');
    expect(masks.text(base64(`user:${value.user}`))).toMatch(/^\w+\*\*\*\w*=*$/);
    const other = JSON.stringify(value, null, 4);
    for (const text of [value.user, 'st4ple', 'and more', 'document in']) expect(masks.text(other)).not.toContain(text);
  });

  it('shows what is short, a number, or a key', () => {
    const masks = new SecretMasker([JSON.stringify(value)]);
    const text = 'abcdefg 12345678 a long key of it inner true';
    expect(masks.text(text)).toBe(text);
  });

  it('may be a string, or have lone surrogates and a thousand brackets', () => {
    expect(new SecretMasker(['"corr3ct-h0rse"']).text('is corr3ct-h0rse')).toBe('is ***');
    expect(new SecretMasker([String.raw`{"a":"\ud800abcdefgh"}`]).text('\ud800abcdefgh')).toBe('***');
    const deep = `${'['.repeat(5000)}"corr3ct-h0rse"${']'.repeat(5000)}`;
    expect(new SecretMasker([deep]).text('is corr3ct-h0rse')).toBe('is ***');
  });
});

describe('a stream with escaped secrets', () => {
  it('gives the same however the text is cut', () => {
    const random = randomNumbers(13);
    const letter = (): string => `ab'"\\\n +%&;#x4é`.charAt(random(15));
    const text = (length: number): string => Array.from({ length }, letter).join('');
    const encoders: readonly ((secret: string) => string)[] = [
      (secret) => secret,
      (secret) => secret.replace(/[^a-z\d]/g, '\\$&'),
      (secret) => JSON.stringify(JSON.stringify(secret)),
      (secret) => secret.replace(/[^a-z\d]/g, (character) => `&#${character.charCodeAt(0)};`),
      (secret) => encodeURIComponent(JSON.stringify(secret)),
      (secret) => `${secret.slice(0, 7)}\n${secret.slice(7)}`,
      (secret) => encodeURIComponent(base64(secret)),
    ];
    for (let round = 0; round < 60; round++) {
      const secrets = Array.from({ length: 1 + random(2) }, () => `${text(1)}b${text(2 + random(8))}a`);
      const masks = new SecretMasker(secrets);
      const pieces = Array.from({ length: 8 }, () => {
        const secret = secrets[random(secrets.length)] ?? '';
        return encoders[random(2 * encoders.length)]?.(secret) ?? text(random(9));
      });
      const whole = pieces.join('');
      const expected = masks.text(whole);
      const inPieces = (...cut: readonly string[]): string => {
        const stream = masks.stream();
        return cut.map((piece) => stream.push(piece)).join('') + stream.end();
      };
      const cuts = Array.from({ length: whole.length + 1 }, (_, i) => inPieces(whole.slice(0, i), whole.slice(i)));
      expect(cuts).toEqual(cuts.map(() => expected));
      expect(inPieces(...whole.split(''))).toBe(expected);
    }
  });

  it('holds back an escape until it is whole, and of spaces and backslashes a few hundred at most', () => {
    const stream = new SecretMasker(['"secret" and more']).stream();
    expect([stream.push('a &'), stream.push('quot'), stream.push('; b\\'), stream.push('n')]).toEqual([
      'a ',
      '',
      '&quot; b',
      '\\n',
    ]);
    let [given, got] = [0, 0];
    for (const piece of [
      '"secret"',
      ...Array<string>(100).fill(' '.repeat(50)),
      ...Array<string>(100).fill('\\'.repeat(50)),
    ]) {
      given += piece.length;
      got += stream.push(piece).length;
      expect(given - got).toBeLessThan(300);
    }
  });
});

/** Park and Miller's generator: the same numbers in every run. */
const randomNumbers = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
};
