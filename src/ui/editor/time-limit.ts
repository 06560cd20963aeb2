const UNIT_MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** ms, by every way in which people write a unit. */
const SPELLINGS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ms: 'ms msec millisecond milliseconds',
    s: 's sec secs second seconds',
    min: 'min m mins minute minutes',
    h: 'h hr hrs hour hours',
    d: 'd day days',
  }).flatMap(([unit, words]) => words.split(' ').map((word) => [word, UNIT_MS[unit as keyof typeof UNIT_MS]] as const)),
);

const PART = /(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*/y;

export type TimeLimit =
  /** ms; null for the server's default */
  { readonly ms: number | null } | { readonly problem: string };

/** Reads `5 min`, `1h 30m`, `90 s`, `1.5 h`; empty is the default. Whether the limit is within the rules is for the server to say. */
export const parseTimeLimit = (text: string): TimeLimit => {
  const rest = text.trim().toLowerCase();
  if (rest === '') return { ms: null };
  if (/^\d+([.,]\d+)?$/.test(rest)) return { problem: `needs a unit: ${rest} s, ${rest} min or ${rest} h` };
  let ms = 0;
  let end = 0;
  while (end < rest.length) {
    PART.lastIndex = end;
    const [part, amount = '', spelling = ''] = PART.exec(rest) ?? [];
    const unit = SPELLINGS.get(spelling);
    if (part === undefined || unit === undefined) return { problem: 'is written like 90 s, 5 min or 1 h 30 min' };
    ms += Number(amount.replace(',', '.')) * unit;
    end += part.length;
  }
  return { ms: Math.round(ms) };
};

/** To the millisecond, so that what was read comes back: `1 h 30 min`, `1 s 500 ms`. Empty for null. */
export const writeTimeLimit = (ms: number | null): string => {
  if (ms === null) return '';
  if (!Number.isInteger(ms) || ms <= 0) return `${ms} ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of Object.entries(UNIT_MS).reverse()) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.join(' ');
};
