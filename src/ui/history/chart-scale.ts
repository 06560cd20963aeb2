/** Up to which duration bars have their length, ms; what takes longer is cut off there. */
export interface ChartScale {
  readonly top: number;
  readonly clipped: number;
}

/** One run of three hours would leave nothing to see of sixty that took a minute. */
export const scaleOf = (durations: readonly number[]): ChartScale => {
  const sorted = durations.toSorted((a, b) => a - b);
  const quartile = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  const [low, high] = [quartile(0.25), quartile(0.75)];
  const most = Math.max(2 * high, high + 3 * (high - low), 1);
  const longest = sorted.at(-1) ?? 0;
  const top = longest <= most ? Math.max(1, longest) : Math.max(1, sorted.findLast((each) => each <= most) ?? most);
  return { top, clipped: sorted.filter((each) => each > top).length };
};
