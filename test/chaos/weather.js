import { setTimeout as sleep } from 'node:timers/promises';

/** For this long after a fault of its store a server may still give up. */
const EXCUSE_MS = 20_000;

/** Makes the faults and knows which are in force. */
export class Weather {
  #faults;
  #store;
  #inForce = 0;
  #calmSince = performance.now();
  #storeFaultAt = -Infinity;

  constructor({ server, disk, store }) {
    this.#store = store;
    this.#faults = {
      kill: ({ pause }) => server.kill(pause),
      terminate: ({ pause }) => server.terminate(pause),
      freeze: ({ ms }) => server.freeze(ms),
      'limit-files': ({ kib, ms }) => server.limitFiles(kib, ms),
      ...(disk && {
        'fill-disk': async ({ ms }) => {
          disk.fill();
          await sleep(ms);
          disk.free();
        },
      }),
      ...store.faults,
    };
  }

  /** Only root can make a disk, and a store that others may use is left alone. */
  canMake({ what }) {
    return what in this.#faults;
  }

  /** Resolves when the fault is over. */
  async make(step) {
    const isOfStore = step.what in this.#store.faults;
    if (isOfStore) this.#storeFaultAt = Infinity;
    this.#inForce++;
    await this.#faults[step.what](step);
    this.#inForce--;
    this.#calmSince = performance.now();
    if (isOfStore) this.#storeFaultAt = this.#calmSince;
  }

  /** For how long the server has been ready without a fault, in ms. */
  calmMs(readySince) {
    if (this.#inForce > 0 || readySince === null) return 0;
    return performance.now() - Math.max(this.#calmSince, readySince);
  }

  /** For how long the store has not been able to answer, in ms. */
  awayMs() {
    return this.#store.awaySince === null ? 0 : performance.now() - this.#store.awaySince;
  }

  /** Whether a server may give up, at its start or its stop, since it cannot reach its store. */
  mayRefuse() {
    return performance.now() - this.#storeFaultAt < EXCUSE_MS;
  }
}
