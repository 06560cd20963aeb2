import { KINDS } from './kinds.js';
import { makeRandom } from './random.js';

/** How often each fault comes, by store. */
const FAULTS = {
  sqlite: { kill: 8, terminate: 4, freeze: 3, 'fill-disk': 4, 'limit-files': 2, 'hold-store': 4 },
  mongodb: { kill: 8, terminate: 4, freeze: 3, 'fill-disk': 1, 'freeze-store': 4, 'stop-store': 3 },
};
const LASTS_MS = {
  freeze: [300, 5000],
  'fill-disk': [1000, 6000],
  'limit-files': [500, 4000],
  'hold-store': [1000, 6000],
  'freeze-store': [1000, 8000],
  'stop-store': [500, 6000],
};
/** Longer than the 15 s for which a write waits for its store. */
const LONG_MS = 17_000;
const OPERATIONS = { start: 60, cancel: 12, follow: 14, keyed: 5, create: 4, edit: 6, delete: 4, burst: 1 };
/** A pause in which the server has time to report that all is well again. */
const CALM_MS = 15_000;
/** The MongoDB for tests reads a whole collection for each page of a log. */
const PAUSE_MS = { sqlite: 120, mongodb: 300 };

/**
 * Everything that is done, in order: `{ at, what, … }` with `at` in ms from the start. It depends on store and seed
 * alone; a longer plan begins with the shorter one.
 */
export const planOf = ({ seed, seconds, store }) => {
  const end = seconds * 1000;
  const steps = [
    ...faultsOf(makeRandom(seed, `faults ${store}`), store, end),
    ...operationsOf(makeRandom(seed, 'operations'), store, end),
  ];
  return steps.filter(({ at }) => at < end).sort((a, b) => a.at - b.at);
};

function* faultsOf(random, store, end) {
  for (let at = 2000; at < end;) {
    const what = random.weighted(FAULTS[store]);
    const range = LASTS_MS[what] ?? [0, 0];
    const isLong = what.endsWith('-store') && random.chance(0.1);
    const ms = isLong ? LONG_MS : random.between(...range);
    const detail = { mode: random.pick(['write', 'read']), kib: random.pick([16, 256, 4096]) };
    yield { at, what, ms, pause: random.between(0, 800), ...detail, isFault: true };
    const meanwhile = { at: at + random.between(0, ms), what: random.pick(['kill', 'terminate']), isFault: true };
    if (ms > 0 && random.chance(0.4)) yield { ...meanwhile, pause: random.between(0, 800) };
    at += ms + (random.chance(0.1) ? CALM_MS : random.between(300, 3000));
  }
}

function* operationsOf(random, store, end) {
  const kinds = Object.fromEntries(Object.entries(KINDS).map(([name, { weight }]) => [name, weight]));
  let number = 0;
  for (let at = 0; at < end; at += random.between(1, 2 * PAUSE_MS[store])) {
    const what = random.weighted(OPERATIONS);
    const visits = Array.from({ length: random.between(0, 3) }, () => ({
      staysMs: random.between(0, 1500),
      isAwayMs: random.between(0, 500),
    }));
    yield { at, what, number: number++, kind: random.weighted(kinds), back: random.between(0, 12), visits };
  }
}
