import { describe, expect, it } from '@jest/globals';
import { Utf8Decoder } from '../../../src/adapters/runners/process/output/utf8-decoder.js';
import { asPrinted } from '../../../src/domain/run/printed-text.js';
import { SecretMasker } from '../../../src/domain/secret/secret-masker.js';

/** What is left of bytes that a script prints in these pieces. */
const masked = (masker: SecretMasker, pieces: readonly Buffer[]): Buffer => {
  const decoder = new Utf8Decoder();
  const stream = masker.stream();
  const texts = pieces.map((piece) => stream.push(decoder.write(piece).text));
  texts.push(stream.push(decoder.end().text), stream.end());
  return Buffer.concat(
    texts.map((text) => {
      const { line, base64 } = asPrinted(text);
      return base64 === undefined ? Buffer.from(line) : Buffer.from(base64, 'base64');
    }),
  );
};

const halves = (bytes: Buffer): Buffer[][] =>
  Array.from(bytes, (_, cut) => [bytes.subarray(0, cut), bytes.subarray(cut)]);
const singly = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => utf16le(text).swap16();
const utf32le = (text: string): Buffer =>
  Buffer.concat(Array.from(text, (c) => Buffer.from([c.charCodeAt(0), 0, 0, 0])));
const utf32be = (text: string): Buffer => utf32le(text).swap32();
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf8 = (text: string): Buffer => Buffer.from(text);

const expectMasked = (secret: string, before: Buffer, form: Buffer, after: Buffer, expected: Buffer): void => {
  const masker = new SecretMasker([secret]);
  const printed = Buffer.concat([before, form, after]);
  for (const pieces of [...halves(printed), singly(printed)]) {
    const left = masked(masker, pieces);
    expect(left.toString('latin1')).toBe(expected.toString('latin1'));
  }
};

const FF = Buffer.from([0xff]);
const TOKEN = 'tok-3n/Üñ"é';
const ASCII = 'tok-3n/"abc%41\\n';

describe('A secret among bytes that are not UTF-8', () => {
  it.each<[string, Buffer]>([
    ['as it is', utf8(TOKEN)],
    ['in a URL', utf8(encodeURIComponent(TOKEN))],
    ['in JSON', utf8(JSON.stringify(TOKEN).slice(1, -1))],
    ['in base64', utf8(utf8(TOKEN).toString('base64'))],
    ['in Latin-1', latin1(TOKEN)],
  ])('is masked %s, however it is cut', (_, form) => {
    for (const before of [FF, Buffer.from([0xe2, 0x82]), Buffer.from([0x80, 0xc3]), Buffer.from([0xf0, 0x9f, 0x98])]) {
      expectMasked(TOKEN, before, form, FF, Buffer.concat([before, utf8('***'), FF]));
    }
  });

  it.each(['tok-3n', ASCII, TOKEN, 'Łódź-ż', '上海口令ฯ๚'])('is masked in UTF-16: %s', (secret) => {
    for (const encode of [utf16le, utf16be]) {
      const form = encode(secret);
      const [before, after] = [encode('a: '), encode('\nb')];
      const masker = new SecretMasker([secret]);
      const printed = Buffer.concat([before, form, after]);
      for (const pieces of [...halves(printed), singly(printed)]) {
        const left = masked(masker, pieces).toString('latin1');
        expect(left).toMatch(/^a?\0?a?.*\*\0?\*\0?\*/);
        for (let at = 0; at + 6 <= form.length; at++) expect(left).not.toContain(form.toString('latin1', at, at + 6));
        expect(left.startsWith(before.toString('latin1', 0, 4))).toBe(true);
        expect(left.endsWith(after.toString('latin1', 1))).toBe(true);
      }
    }
  });

  it('leaves UTF-16 that can be read as such', () => {
    const text = 'a: *** b\n';
    for (const encode of [utf16le, utf16be]) {
      expectMasked('tok-3n', encode('a: '), encode('tok-3n'), encode(' b\n'), encode(text));
    }
  });

  it.each<[string, string]>([
    ['in JSON', JSON.stringify(ASCII).slice(1, -1)],
    ['in base64', utf8(ASCII).toString('base64')],
    ['in base64 behind other text', utf8(`user:${ASCII}`).toString('base64')],
    ['in a URL', encodeURIComponent(ASCII)],
  ])('is masked in UTF-16 and UTF-32 %s', (_, form) => {
    for (const encode of [utf16le, utf16be, utf32le, utf32be]) {
      const printed = encode(`a: ${form}\nb`);
      for (const pieces of [[printed], singly(printed), ...halves(printed)]) {
        const left = masked(new SecretMasker([ASCII]), pieces)
          .toString('latin1')
          .replaceAll('\0', '');
        expect(left).toMatch(/^a: [\w+/=]*\*\*\*[\w+/=]*\nb$/);
        expect(left.length).toBeLessThanOrEqual('a: *** \nb'.length + 8);
      }
    }
  });

  it('is masked whatever is right before it in UTF-16', () => {
    const secret = '§©上海口令';
    for (const unit of ['\uc3c3', '\uc2c2', '\ue4b8', '\uf09f', 'é']) {
      for (const encode of [utf16le, utf16be]) {
        const left = masked(new SecretMasker([secret]), [Buffer.concat([encode(unit), encode(secret)])]);
        expect(left.includes('***') || left.includes('*\0*\0*')).toBe(true);
        expect(left.includes(encode(secret).subarray(2, -2))).toBe(false);
      }
    }
  });

  it('holds back no more of NULs than of other text', () => {
    const stream = new SecretMasker(['tok-3n']).stream();
    let held = 0;
    for (const piece of ['\0'.repeat(1e5), 't\0\0\0\0', '%\0\0\0\0\0', '%\\u0000'.repeat(1e4)]) {
      held += piece.length - stream.push(piece).length;
      expect(held).toBeLessThan(100);
    }
  });

  it('changes nothing else', () => {
    const masker = new SecretMasker([TOKEN, ASCII, '上海口令']);
    const all = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7 + (i >> 8) * 13) & 0xff));
    expect(masked(masker, [all]).equals(all)).toBe(true);
    expect(masked(masker, halves(all)[777] ?? []).equals(all)).toBe(true);
  });
});
