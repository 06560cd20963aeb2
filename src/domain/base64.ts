const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** A group of base64: four characters for three bytes. */
export const BASE64_GROUP = 4;

export const base64Of = (bytes: ArrayLike<number>): string => {
  let text = '';
  let group = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    group = character(a >> 2) + character((a << 4) | (b >> 4)) + character((b << 2) | (c >> 6)) + character(c);
    text += group;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return missing === 0 ? text : text.slice(0, -missing).padEnd(text.length, '=');
};

const character = (bits: number): string => ALPHABET.charAt(bits & 63);
