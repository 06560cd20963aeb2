import type { LineRange } from '../log/run-log.js';

/** Lines as an address names them, without `#`: `L12`, `L12-L30`. */
export const writeLineHash = ({ from, to }: LineRange): string => (from === to ? `L${from}` : `L${from}-L${to}`);

/** Null for a hash that names no lines. */
export const readLineHash = (hash: string): LineRange | null => {
  const match = /^L([1-9]\d{0,11})(?:-L?([1-9]\d{0,11}))?$/.exec(hash);
  if (!match) return null;
  const [one, other] = [Number(match[1]), Number(match[2] ?? match[1])];
  return { from: Math.min(one, other), to: Math.max(one, other) };
};
