import { describe, expect, it } from '@jest/globals';
import { decodeText, readTextFile } from '../../src/composition/text-file.js';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('A text file', () => {
  it.each([
    ['a newline at its end', 'one two\n', 'one two'],
    ['several, of Windows', 'one two\r\n\r\n', 'one two'],
    ['a byte order mark', '\uFEFFone two', 'one two'],
    ['both', '\uFEFFone two\r\n', 'one two'],
    ['lines', 'one\n\r\ntwo\n', 'one\n\r\ntwo'],
    ['spaces around it, which may belong to a password', ' grüße \n', ' grüße '],
    ['nothing but these', '\uFEFF\n', ''],
  ])('with %s is read', (_, content, text) => {
    expect(decodeText(Buffer.from(content))).toBe(text);
  });

  it.each([
    ['UTF-16, as PowerShell writes it', Buffer.from('\uFEFFsecret\r\n', 'utf16le'), /^is in UTF-16; save it in UTF-8$/],
    ['UTF-16, big-endian', utf16be('\uFEFFsecret'), /^is in UTF-16; save it in UTF-8$/],
    ['UTF-16 without a mark', Buffer.from('secret', 'utf16le'), /^holds NUL bytes, as UTF-16 does; save it in UTF-8$/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /^is in UTF-16; save it in UTF-8$/],
    ['Latin-1', Buffer.from('grüße', 'latin1'), /^is not in UTF-8; save it in UTF-8$/],
  ])('in %s is refused', (_, bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(message);
  });

  it('that cannot be read says why', () => {
    expect(() => readTextFile('/nonexistent')).toThrow(/^could not be read: ENOENT/);
  });
});
