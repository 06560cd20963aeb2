import { readdirSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Exposition } from './exposition.js';

/** ms between two looks at the event loop; what it is late beyond that is lag. */
const RESOLUTION_MS = 20;
const NS_PER_S = 1e9;

/** What the server process itself is doing. @returns the call that ends the watch */
export const measureProcess = (exposition: Exposition, build: Readonly<Record<string, string>>): (() => void) => {
  exposition.gauge('runlet_build_info', 'What runs here; always 1.', () => 1, build);
  const stop = measureLag(exposition);
  exposition.gauge('process_resident_memory_bytes', 'Resident memory of the server process.', () =>
    process.memoryUsage.rss(),
  );
  exposition.countedElsewhere('process_cpu_seconds_total', 'User and system time of the server process.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  exposition.gauge('process_open_fds', 'Open file descriptors of the server process.', openDescriptors);
  exposition.gauge('process_start_time_seconds', 'When the server process was started, since the epoch.', () =>
    Math.round(performance.timeOrigin / 1000),
  );
  return stop;
};

/**
 * Of two histograms one is a scrape older than the other; that one is told and begun anew. A histogram that has just begun does not see the
 * delay that it began in, which is the one that a scrape of a busy server waits for.
 */
const measureLag = (exposition: Exposition): (() => void) => {
  const make = (): IntervalHistogram => {
    const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
    return delays;
  };
  const both = [make(), make()] as const;
  let [older, younger] = both;
  const name = 'runlet_event_loop_lag';
  const since = 'of the delays of the event loop since the last scrape but one.';
  exposition.gauge(`${name}_p50_seconds`, `Median ${since}`, () => lag(older, older.percentile(50)));
  exposition.gauge(`${name}_p99_seconds`, `99th percentile ${since}`, () => lag(older, older.percentile(99)));
  exposition.gauge(`${name}_max_seconds`, `Greatest ${since}`, () => {
    const max = lag(older, older.max);
    older.reset(); // the last of the three to be read
    [older, younger] = [younger, older];
    return max;
  });
  return () => {
    for (const delays of both) delays.disable();
  };
};

const lag = ({ count }: IntervalHistogram, ns: number): number =>
  count === 0 ? 0 : Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000);

/** Null where there is no /proc. */
const openDescriptors = (): number | null => {
  try {
    return readdirSync('/proc/self/fd').length - 1; // less the one that reads them
  } catch {
    return null;
  }
};
