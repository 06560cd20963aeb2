import { randomId } from '../platform/random-id.js';

/**
 * Browsers open six connections to a host over HTTP/1.1, all tabs together. Streams take four of them at most, so that two are left for
 * everything else.
 */
export const MAX_STREAMS = 4;

const CHANNEL = 'runlet.streams';
/** A holder tells this often that it is still there; one that is not heard for `LOST_MS` (its tab crashed) holds nothing. */
const BEAT_MS = 2000;
const LOST_MS = 7000;

type Message =
  | { readonly type: 'hold'; readonly id: string; readonly since: number; readonly asks: boolean }
  | { readonly type: 'free'; readonly id: string };

interface Holder {
  readonly id: string;
  /** ms since the epoch: the older holder stays */
  readonly since: number;
}

/**
 * The right to one live stream, agreed among all tabs of this browser over a BroadcastChannel. It is taken at once and given back within
 * moments when four others held theirs before; then it waits until one is free. Where there is no BroadcastChannel it is never had.
 */
export class StreamSlot {
  readonly #onChange: (held: boolean) => void;
  readonly #id = randomId();
  readonly #others = new Map<string, Holder & { heardAt: number }>();
  #channel: BroadcastChannel | null = null;
  #beat: ReturnType<typeof setInterval> | undefined;
  #since: number | null = null;

  /** @param onChange told whether the stream may be open now */
  constructor(onChange: (held: boolean) => void) {
    this.#onChange = onChange;
  }

  get held(): boolean {
    return this.#since !== null;
  }

  /** From now on: take it, or wait for it. */
  want(): void {
    if (this.#channel) return;
    if (typeof BroadcastChannel === 'undefined') {
      this.#onChange(false);
      return;
    }
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
    this.#beat = setInterval(() => this.#tell(), BEAT_MS);
    this.#take();
  }

  release(): void {
    if (!this.#channel) return;
    clearInterval(this.#beat);
    if (this.held) this.#post({ type: 'free', id: this.#id });
    this.#channel.close();
    this.#channel = null;
    this.#since = null;
    this.#others.clear();
  }

  #take(): void {
    this.#since = Date.now();
    this.#post({ type: 'hold', id: this.#id, since: this.#since, asks: true });
    this.#onChange(true);
  }

  #hear(message: Message): void {
    if (message.type === 'free') this.#others.delete(message.id);
    else {
      this.#others.set(message.id, { id: message.id, since: message.since, heardAt: performance.now() });
      if (message.asks && this.#since !== null)
        this.#post({ type: 'hold', id: this.#id, since: this.#since, asks: false });
    }
    this.#settle();
  }

  #tell(): void {
    const now = performance.now();
    for (const [id, { heardAt }] of this.#others) if (now - heardAt > LOST_MS) this.#others.delete(id);
    if (this.#since !== null) this.#post({ type: 'hold', id: this.#id, since: this.#since, asks: false });
    this.#settle();
  }

  #settle(): void {
    const { held } = this;
    if (held && this.#before() >= MAX_STREAMS) {
      this.#since = null;
      this.#post({ type: 'free', id: this.#id });
      this.#onChange(false);
    } else if (!held && this.#others.size < MAX_STREAMS) this.#take();
  }

  /** How many hold theirs for longer. */
  #before(): number {
    const since = this.#since ?? Infinity;
    return [...this.#others.values()].filter(
      (other) => other.since < since || (other.since === since && other.id < this.#id),
    ).length;
  }

  #post(message: Message): void {
    this.#channel?.postMessage(message);
  }
}
