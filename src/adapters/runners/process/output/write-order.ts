import { type FSWatcher, watch } from 'node:fs';
import type { OutputStream } from '../../../../domain/run/run-event.js';

/** Writes that are remembered; whoever asks more seldom learns no order. */
const MOST_WRITES = 4096;

/**
 * In which order two pipes were written to, as inotify tells it: by the time that a reader is woken, both may hold several writes. An entry
 * stands for one write, or several that followed each other, which the kernel joins; how long they were it does not tell.
 *
 * Empty on systems without inotify, and where its limits are reached.
 */
export class WriteOrder {
  readonly #fds: Readonly<Record<OutputStream, number>>;
  readonly #onWrite: () => void;
  #watchers: FSWatcher[] = [];
  #writes: OutputStream[] = [];
  #mayStart = process.platform === 'linux';

  /** @param fds of FIFOs: nobody is told of writes to a pipe without a name */
  constructor(fds: Readonly<Record<OutputStream, number>>, onWrite: () => void) {
    this.#fds = fds;
    this.#onWrite = onWrite;
  }

  get isWatching(): boolean {
    return this.#watchers.length > 0;
  }

  start(): void {
    if (this.isWatching || !this.#mayStart) return;
    try {
      for (const stream of ['stdout', 'stderr'] as const) this.#watchers.push(this.#watch(stream));
    } catch {
      this.#fail();
    }
  }

  /** A descriptor is closed, and may be another's by now. What is watched still is. */
  startNoMore(): void {
    this.#mayStart = false;
  }

  stop(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    this.#writes = [];
  }

  /** The writes since the last call. */
  take(): OutputStream[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  #watch(stream: OutputStream): FSWatcher {
    const watcher = watch(`/proc/self/fd/${this.#fds[stream]}`, { persistent: false }, (kind) => {
      if (kind !== 'change') return;
      if (this.#writes.push(stream) > MOST_WRITES) this.#writes = [];
      this.#onWrite();
    });
    return watcher.on('error', () => this.#fail());
  }

  #fail(): void {
    this.startNoMore();
    this.stop();
  }
}
