import type { ServerResponse } from 'node:http';
import { HttpError } from './http-error.js';

const LEFT = new Error('the viewer has left');

/** When a place may be free again, in s: viewers come and go. */
const RETRY_AFTER_S = '10';

/**
 * Gives each stream a signal that is aborted when its viewer leaves or loses access, or the server stops, and counts the streams of each
 * address.
 */
export class Viewers {
  readonly #present = new Set<AbortController>();
  readonly #stopping: AbortSignal;
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string, number>();

  /** @param maxPerAddress 0: any number */
  constructor(stopping: AbortSignal, maxPerAddress: number) {
    this.#stopping = stopping;
    this.#maxPerAddress = maxPerAddress;
    stopping.addEventListener('abort', () => this.#sendAway(), { once: true });
  }

  get count(): number {
    return this.#present.size;
  }

  /**
   * @param open opens what the viewer watches; the signal is not aborted before that is done, so that nothing misses it.
   * @throws HttpError `streams.too-many`, and what `open` throws
   */
  async watch<T>(
    { res, address, withdrawn }: { res: ServerResponse; address: string; withdrawn?: AbortSignal | undefined },
    open: (left: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const viewer = new AbortController();
    if (!res.closed) this.#enter(address, res);
    const leave = (): void => {
      withdrawn?.removeEventListener('abort', leave);
      this.#present.delete(viewer);
      viewer.abort(LEFT);
    };
    const opened = await open(viewer.signal);
    this.#present.add(viewer);
    res.once('close', leave);
    withdrawn?.addEventListener('abort', leave);
    if (this.#stopping.aborted || withdrawn?.aborted || res.destroyed || res.closed) leave();
    return opened;
  }

  #enter(address: string, res: ServerResponse): void {
    const present = this.#byAddress.get(address) ?? 0;
    if (this.#maxPerAddress > 0 && present >= this.#maxPerAddress) {
      throw new HttpError(
        'streams.too-many',
        `${present} streams are open from this address already (MAX_STREAMS_PER_ADDRESS); close some and try again`,
        { headers: { 'retry-after': RETRY_AFTER_S } },
      );
    }
    this.#byAddress.set(address, present + 1);
    res.once('close', () => this.#left(address));
  }

  #left(address: string): void {
    const present = (this.#byAddress.get(address) ?? 1) - 1;
    if (present > 0) this.#byAddress.set(address, present);
    else this.#byAddress.delete(address);
  }

  #sendAway(): void {
    for (const viewer of this.#present) viewer.abort(LEFT);
    this.#present.clear();
  }
}
