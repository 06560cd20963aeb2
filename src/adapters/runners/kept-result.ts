/** MongoDB refuses what is nested deeper than 100, and thousands of levels overflow the stack of JSON.stringify. */
const RESULT_DEPTH = 64;

/** @param levels how deep it may be nested */
export const isTooDeep = (value: unknown, levels = RESULT_DEPTH): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1)));

export const tooDeep = (): string => notJson(`it is nested deeper than ${RESULT_DEPTH} levels`);

export const tooLarge = (bytes: string, limit: number): string =>
  `the result is not kept: it has ${bytes} bytes of JSON, and ${limit} are the most`;

export const notJson = (reason: string): string => `the result is not kept: ${reason}`;
