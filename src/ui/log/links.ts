export interface Range {
  readonly start: number;
  /** exclusive */
  readonly end: number;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi;
const AFTER_SENTENCE = /[.,;:!?'"*_]+$/;

/** Where addresses of the web stand in a text. No other scheme ever is one. */
export const findLinks = (text: string): readonly Range[] => {
  if (!text.includes('://')) return [];
  return [...text.matchAll(ADDRESS)].flatMap(({ 0: found, index }) => {
    const address = withoutClosing(found.replace(AFTER_SENTENCE, ''));
    return isAddress(address) ? [{ start: index, end: index + address.length }] : [];
  });
};

/** `(see https://example.com/)`: the bracket is the sentence's, unless the address opened it. */
const withoutClosing = (address: string): string => {
  let end = address.length;
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
  ] as const) {
    while (address[end - 1] === close && count(address.slice(0, end), open) < count(address.slice(0, end), close))
      end--;
  }
  return address.slice(0, end).replace(AFTER_SENTENCE, '');
};

const count = (text: string, character: string): number => text.split(character).length - 1;

const isAddress = (text: string): boolean => {
  try {
    const { protocol, hostname } = new URL(text);
    return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
  } catch {
    return false;
  }
};
