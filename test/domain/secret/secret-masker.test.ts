import { describe, expect, it } from '@jest/globals';
import { SecretMasker } from '../../../src/domain/secret/secret-masker.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a masked text', () => {
  const secret = 'p4ss "wörd"/&\'1';
  const masker = new SecretMasker([secret]);

  it.each<[string, string]>([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL, lower case', encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase())],
    ['in a URL, every reserved character', encodeURIComponent(secret).replace(/'/g, '%27')],
    ['in a URL, the slash as it is', encodeURIComponent(secret).replace(/'/g, '%27').replace('%2F', '/')],
    ['as a form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON, ASCII alone', 'p4ss \\"w\\u00f6rd\\"/&\'1'],
    ['in JSON of PHP', 'p4ss \\"w\\u00f6rd\\"\\/&\'1'],
    ['in JSON of Go', 'p4ss \\"wörd\\"/\\u0026\'1'],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['by set -x', `p4ss "wörd"/&'\\''1`],
    ['by export -p', `p4ss \\"wörd\\"/&'1`],
    ['in base64', base64(secret)],
    ['in base64, without padding', base64(secret).replace(/=/g, '')],
    ['in base64 with its newline', base64(`${secret}\n`)],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
  ])('has no secret %s', (_, printed) => {
    expect(masker.text(`before ${printed} after`)).toBe('before *** after');
  });

  it.each(['', 'u', 'us', 'user:', 'a longer one: '])('has no secret in base64 behind "%s"', (before) => {
    for (const after of ['', '\n', '@host', ' and more']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const printed = Buffer.from(before + secret + after).toString(encoding);
        expect(masker.text(printed)).toMatch(/^[\w+/=-]*\*\*\*[\w+/=-]*$/);
        expect(leakOf(masker.text(printed), printed, before, after)).toBe('');
      }
    }
  });

  it.each([64, 76])('has no secret in base64 that is broken into lines of %i', (width) => {
    const key = Array.from({ length: 40 }, (_, i) => `part-${i}`).join('/');
    const masks = new SecretMasker([key]);
    for (let before = 0; before < 70; before++) {
      for (const newline of ['\n', '\r\n']) {
        const printed = base64(`${'b'.repeat(before)}${key}${'a'.repeat(60)}`);
        const lines = printed.replace(new RegExp(`.{${width}}`, 'g'), `$&${newline}`);
        const masked = masks.text(lines);
        // Four characters of base64 at each end may hold bits of what is beside the secret.
        const [from, to] = [Math.ceil((before * 4) / 3) + 2, Math.floor(((before + key.length) * 4) / 3) - 2];
        for (let i = from; i + 12 <= to; i += 4) expect(masked).not.toContain(printed.slice(i, i + 12));
        expect(masked.match(/\*\*\*/g)).toHaveLength(1);
      }
    }
  });

  it('has no line of a secret of several, unless it is too short', () => {
    const key = '-----BEGIN KEY-----\r\n  MIIEv\nab\n-----END KEY-----\n';
    const masks = new SecretMasker([key]);
    expect(masks.text(key)).toBe('***');
    expect(masks.text(key.replaceAll('\r\n', '\n'))).toBe('***');
    expect(masks.text(key.trim())).toBe('***');
    expect(masks.text('x MIIEv\n  ab\n-----END KEY-----.')).toBe('x ***\n  ab\n***.');
    expect(masks.text('-----BEGIN KEY----- MIIEv ab -----END KEY-----')).toBe('***');
  });

  it('shows one mask for what overlaps, one each for what does not', () => {
    const masks = new SecretMasker(['abcdef', 'defghi', 'cdef']);
    expect(masks.text('abcdefghi')).toBe('***');
    expect(masks.text('abcdefabcdef-cdef')).toBe('******-***');
    expect(new SecretMasker(['abab']).text('xabababx')).toBe('x***x');
  });

  it('keeps what only begins like a secret', () => {
    const text = 'p4s p4ss "w p4ss "wörd"/ p4ss "wörd"/&\'';
    expect(masker.text(text)).toBe(text);
    expect(new SecretMasker(['aaab']).text('aaaaab')).toBe('aa***');
    expect(new SecretMasker([]).text(text)).toBe(text);
  });
});

describe('a masked JSON value', () => {
  it('has no secret in texts, names and numbers', () => {
    const masks = new SecretMasker(['s3cr3t', '4711']);
    const value = {
      token: 'is s3cr3t',
      list: ['s3cr3t', 1, null, true],
      's3cr3t key': { pin: 4711, of: 47110, is: 4.711 },
    };
    expect(masks.value(value)).toEqual({
      token: 'is ***',
      list: ['***', 1, null, true],
      '*** key': { pin: '***', of: '***0', is: 4.711 },
    });
  });
});

describe('a masked stream', () => {
  it('holds back only what may yet become a secret', () => {
    const stream = new SecretMasker(['secret']).stream();
    expect(stream.push('a se')).toBe('a ');
    expect(stream.push('cre')).toBe('');
    expect(stream.push('am sec')).toBe('secream ');
    expect(stream.push('ret')).toBe('***');
    expect(stream.push('\n')).toBe('\n');
    expect(stream.push('s')).toBe('');
    expect(stream.end()).toBe('s');
  });

  it('lets the mask out at once when the secret may go on', () => {
    const stream = new SecretMasker(['secret', 'secret-of-two']).stream();
    expect(stream.push('secret')).toBe('***');
    expect(stream.push('-of')).toBe('');
    expect(stream.push('-two.')).toBe('.');
    expect(stream.push('secret-of')).toBe('***');
    expect(stream.end()).toBe('-of');
  });

  it('never holds more than the longest form of a secret', () => {
    const stream = new SecretMasker(['a'.repeat(100) + 'b']).stream();
    let [given, got] = [0, 0];
    for (let i = 0; i < 1000; i++) {
      given += 7;
      got += stream.push('aaaaaaa').length;
      expect(given - got).toBeLessThanOrEqual(101);
    }
  });

  it('does not hold a line whose end could begin base64', () => {
    const stream = new SecretMasker(['secret']).stream();
    expect(stream.push('words\n')).toBe('words\n');
    expect([stream.push('c2V'), stream.push('\n')]).toEqual(['', 'c2V\n']);
    expect(stream.push(`x ${base64('secret')[0]}\n`)).toBe(`x ${base64('secret')[0]}\n`);
  });

  it('gives the same however the text is cut', () => {
    const random = randomNumbers(7);
    const letter = (): string => 'abA+/\n\\"%2'.charAt(random(10));
    const text = (length: number): string => Array.from({ length }, letter).join('');
    for (let round = 0; round < 100; round++) {
      const secrets = Array.from({ length: 1 + random(3) }, () => text(4 + random(6)).replace(/^\s+|\s+$/g, 'aaaa'));
      const masks = new SecretMasker(secrets);
      const pieces = Array.from({ length: 12 }, () => {
        const secret = secrets[random(secrets.length)] ?? '';
        const printed = [secret, base64(`${text(random(4))}${secret}${text(random(4))}`), JSON.stringify(secret)];
        return printed[random(6)] ?? text(random(9));
      });
      const whole = pieces.join('');
      const expected = masks.text(whole);
      for (const secret of secrets) expect(expected).not.toContain(secret);
      const inPieces = (...cut: readonly string[]): string => {
        const stream = masks.stream();
        return cut.map((piece) => stream.push(piece)).join('') + stream.end();
      };
      const cuts = Array.from({ length: whole.length + 1 }, (_, i) => inPieces(whole.slice(0, i), whole.slice(i)));
      expect(cuts).toEqual(cuts.map(() => expected));
      expect(inPieces(...Array.from(whole))).toBe(expected);
    }
  });

  it('masks exactly where a form of the secret is', () => {
    const random = randomNumbers(11);
    for (let round = 0; round < 500; round++) {
      const text = (length: number): string => Array.from({ length }, () => 'ab'.charAt(random(2))).join('');
      const secrets = [text(4 + random(5)), text(4 + random(5))];
      const printed = text(60);
      expect(new SecretMasker(secrets).text(printed)).toBe(maskedOneByOne(printed, secrets));
    }
  });
});

/** For secrets of which all forms but base64 are the same, in text without base64 of them. */
const maskedOneByOne = (text: string, secrets: readonly string[]): string => {
  const covered = new Set<number>();
  const joined = new Set<number>();
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
      for (let i = at; i < at + secret.length; i++) covered.add(i);
      for (let i = at + 1; i < at + secret.length; i++) joined.add(i);
    }
  }
  return Array.from(text, (character, i) => (!covered.has(i) ? character : joined.has(i) ? '' : '***')).join('');
};

/** The part of `masked` that is neither the mask nor could come from what stands before and after the secret. */
const leakOf = (masked: string, printed: string, before: string, after: string): string => {
  const [head = '', tail = ''] = masked.split('***');
  const most = (text: string): number => Math.ceil((Buffer.byteLength(text) * 4) / 3) + 1;
  const padding = printed.length - printed.replace(/=+$/, '').length;
  return head.slice(most(before)) + tail.slice(0, Math.max(0, tail.length - padding - most(after)));
};

/** Park and Miller's generator: the same numbers in every run. */
const randomNumbers = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
};
