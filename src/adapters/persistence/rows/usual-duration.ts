/** How many of a script's last successes tell how long it usually takes. */
export const USUAL_DURATION_RUNS = 20;

/** The middle value, or the rounded mean of the middle two; null of none. */
export const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : Math.round((lower + upper) / 2);
};
