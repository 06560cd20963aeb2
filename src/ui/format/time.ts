const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const whole = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** `just now`, `5 min. ago`, `yesterday`. A clock that runs a little behind the server's says `just now`, not `in 2 sec.`. */
export const formatTimeAgo = (time: Date, now: Date): string => {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 10) return 'just now';
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.trunc(seconds), 'second');
};

/** In the reader's own zone, which it names, and manner. */
export const formatTime = (time: Date): string => whole.format(time);

/** The reader's own zone, as `formatTime` names it. */
export const zoneAt = (time: Date): string =>
  whole.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
