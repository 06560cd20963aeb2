const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** A group of base64: four characters for three bytes. */
export const BASE64_GROUP = 4;
/** The two characters of each 12 bits. */
const PAIRS = ALPHABET.flatMap((first) => ALPHABET.map((second) => first + second));

export const base64Of = (bytes: ArrayLike<number>): string => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += (PAIRS[group >> 12] ?? '') + (PAIRS[group & 0xfff] ?? '');
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return missing === 0 ? text : text.slice(0, -missing).padEnd(text.length, '=');
};
