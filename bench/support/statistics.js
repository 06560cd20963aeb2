/** Linear between the two nearest samples. @param share 0 to 1 */
export const quantile = (samples, share) => {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
};

/** What the table shows of samples: the median, and between which values eight of ten lie. */
export const medianOf = (samples) => ({
  value: quantile(samples, 0.5),
  low: quantile(samples, 0.1),
  high: quantile(samples, 0.9),
});
