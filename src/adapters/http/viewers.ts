import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { HttpError } from './http-error.js';

const LEFT = new Error('the viewer has left');

/** When a place may be free again, in s: viewers come and go. */
const RETRY_AFTER_S = '10';

/** Who gets an answer that lasts. */
export interface Viewer {
  readonly res: ServerResponse;
  readonly address: string;
  /** Aborted when the viewer loses access. */
  readonly withdrawn?: AbortSignal | undefined;
}

/**
 * Gives each stream a signal that is aborted when its viewer leaves or loses access, or the server stops, and counts the streams and
 * downloads of each address.
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
    setMaxListeners(0, stopping); // every download listens
    stopping.addEventListener('abort', () => this.#sendAway(), { once: true });
  }

  get count(): number {
    return this.#present.size;
  }

  /**
   * @param open opens what the viewer watches; the signal is not aborted before that is done, so that nothing misses it.
   * @throws HttpError `streams.too-many`, and what `open` throws
   */
  async watch<T>({ res, address, withdrawn }: Viewer, open: (left: AbortSignal) => Promise<T>): Promise<T> {
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

  /**
   * Counts a large answer until it ends; destroys its stream, which cuts it off, when the viewer loses access or the server stops.
   * @throws HttpError `streams.too-many` where it may be refused
   */
  download({ res, address, withdrawn }: Viewer, stream: Readable, { mayRefuse }: { mayRefuse: boolean }): void {
    if (!res.closed) this.#enter(address, res, mayRefuse);
    const signals = [this.#stopping, ...(withdrawn ? [withdrawn] : [])];
    const cutOff = (): void => void stream.destroy();
    for (const signal of signals) signal.addEventListener('abort', cutOff);
    res.once('close', () => {
      for (const signal of signals) signal.removeEventListener('abort', cutOff);
    });
    if (signals.some(({ aborted }) => aborted)) cutOff();
  }

  #enter(address: string, res: ServerResponse, mayRefuse = true): void {
    const present = this.#byAddress.get(address) ?? 0;
    if (mayRefuse && this.#maxPerAddress > 0 && present >= this.#maxPerAddress) {
      throw new HttpError(
        'streams.too-many',
        `${present} streams and downloads are open from this address already (MAX_STREAMS_PER_ADDRESS); close some and try again`,
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
