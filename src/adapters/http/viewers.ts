import type { ServerResponse } from 'node:http';

const LEFT = new Error('the viewer has left');

/** Gives each stream a signal that is aborted when its viewer leaves or the server stops. */
export class Viewers {
  readonly #present = new Set<AbortController>();
  readonly #stopping: AbortSignal;

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => this.#sendAway(), { once: true });
  }

  /** @param open opens what the viewer watches; the signal is not aborted before that is done, so that nothing misses it. */
  async watch<T>(res: ServerResponse, open: (left: AbortSignal) => Promise<T>): Promise<T> {
    const viewer = new AbortController();
    const leave = (): void => {
      this.#present.delete(viewer);
      viewer.abort(LEFT);
    };
    const opened = await open(viewer.signal);
    this.#present.add(viewer);
    res.once('close', leave);
    if (this.#stopping.aborted || res.destroyed || res.closed) leave();
    return opened;
  }

  #sendAway(): void {
    for (const viewer of this.#present) viewer.abort(LEFT);
    this.#present.clear();
  }
}
