const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `812 B`, `1.4 MB`; decimal units, as browsers show downloads. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${UNITS[unit] ?? ''}`;
};
