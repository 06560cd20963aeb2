import { describe, it } from '@jest/globals';

type Case = readonly [unknown, ...unknown[]];
type Body<T extends Case, Result> = (...values: T) => Result;

/** `npm run test:long` sets it; `npm test` takes a sample of the cases that are long and alike, and counts the others as skipped. */
const areAllWanted = process.env.RUNLET_ALL_CASES === '1';

const parted = <T>(cases: readonly T[], count: number): [T[], T[]] => {
  const taken = areAllWanted ? cases.length : count;
  return [cases.slice(0, taken), cases.slice(taken)];
};

/** As `it.each(cases)`; a sample are the first `count` of them. */
export const itSampled =
  <T extends Case>(cases: readonly T[], count = 1) =>
  (name: string, run: Body<T, void | Promise<void>>, timeoutMs?: number): void => {
    const [taken, left] = parted(cases, count);
    it.each<T>(taken)(name, run, timeoutMs);
    if (left.length > 0) it.skip.each<T>(left)(name, run);
  };

/** As `describe.each(cases)`; a sample are the first `count` of them. */
export const describeSampled =
  <T extends Case>(cases: readonly T[], count = 1) =>
  (name: string, define: Body<T, void>): void => {
    const [taken, left] = parted(cases, count);
    describe.each<T>(taken)(name, define);
    if (left.length > 0) describe.skip.each<T>(left)(name, define);
  };
