import { connection } from '../api/connection.js';
import { checkConnection } from '../api/system.js';
import { isAborted, isApiError } from '../api/api-error.js';
import { StreamSlot } from './stream-slot.js';
import { streamTrust } from './stream-trust.js';

export type LiveState =
  /** Nothing has come yet. */
  | 'connecting'
  | 'live'
  /** The stream or the server is gone; it is tried again by itself. */
  | 'reconnecting'
  /**
   * Asked for every second or few: the tab is hidden, other tabs have the streams that the browser can hold, or nothing comes over a stream.
   */
  | 'polling'
  /** There is nothing left to come. */
  | 'complete'
  /** The login is no longer right: it goes on when a request succeeds again. */
  | 'lost-login'
  /** What was followed is not there any more. */
  | 'gone';

/** What is followed. */
export interface Feed {
  /** Where the EventSource reads on from what has been received. */
  streamAddress(): string;
  readonly eventNames: readonly string[];
  receive(event: MessageEvent<string>): void;
  /** Told when a stream is open, before anything is received. */
  opened?(): void;
  /** Receives, by plain requests, all that there is by now. @returns whether that is known to be something new @throws ApiError */
  poll(signal: AbortSignal): Promise<boolean>;
  readonly pollMs: number;
  /** A stream that has been silent for so long is accompanied by polls, ms. */
  readonly quietMs: number;
}

/** The server says something every 15 s. */
export const DEAD_MS = 20_000;
/** Events that came for so long have not been held back. */
const TRUSTED_MS = 30_000;
/** A stream may have been asked for over each of the connections that the browser has kept, and each of them may be dead. */
const UNOPENED = 6;
const HIDDEN_POLL_MS = 5000;
const RETRY_MS = 500;
const RETRY_MAX_MS = 10_000;

/**
 * Keeps a feed flowing until `finish` or `stop`: over an EventSource while the tab is visible and has a stream slot, by polling otherwise. An
 * EventSource that the browser has given up, or over which nothing comes, is made anew, from what was received last.
 */
export class LiveConnection {
  readonly #feed: Feed;
  readonly #onState: (state: LiveState) => void;
  readonly #slot = new StreamSlot((held) => this.#slotChanged(held));
  #state: LiveState = 'connecting';
  #source: EventSource | null = null;
  /** Of the stream, as `performance.now()` has it. */
  #openedAt = 0;
  #heardAt = 0;
  #heard = false;
  #unopened = 0;
  #watching = new AbortController();
  #asking: AbortController | null = null;
  #running = false;
  #paused = false;
  #failures = 0;

  constructor(feed: Feed, onState: (state: LiveState) => void) {
    this.#feed = feed;
    this.#onState = onState;
  }

  get state(): LiveState {
    return this.#state;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener('visibilitychange', this.#decide);
    window.addEventListener('pagehide', this.#leave);
    window.addEventListener('pageshow', this.#decide);
    window.addEventListener('online', this.#reopen);
    connection.addEventListener('change', this.#onConnection);
    this.#set('connecting');
    this.#decide();
  }

  /** Closes everything; `start` goes on. */
  stop(): void {
    this.#running = false;
    document.removeEventListener('visibilitychange', this.#decide);
    window.removeEventListener('pagehide', this.#leave);
    window.removeEventListener('pageshow', this.#decide);
    window.removeEventListener('online', this.#reopen);
    connection.removeEventListener('change', this.#onConnection);
    this.#leave();
  }

  /** Everything has been received. */
  finish(): void {
    this.stop();
    this.#set('complete');
  }

  /** The reader is behind: closes the stream until `resume`. */
  pause(): void {
    this.#paused = true;
    this.#closeStream();
  }

  resume(): void {
    this.#paused = false;
    if (this.#running && this.#slot.held && !this.#source && !this.#asking) this.#openStream();
  }

  readonly #decide = (): void => {
    if (!this.#running) return;
    if (document.hidden) {
      this.#leave();
      void this.#pollOn(HIDDEN_POLL_MS);
    } else if (this.#slot.held) {
      if (!this.#source) this.#slotChanged(true);
    } else {
      this.#stopAsking(); // of a hidden tab, which asks less often
      this.#slot.want();
    }
  };

  /** A network that is back need not be the one that the stream was opened over. */
  readonly #reopen = (): void => {
    this.#closeStream();
    this.#decide();
  };

  /** Also when the page goes into the back/forward cache, from which `pageshow` brings it back. */
  readonly #leave = (): void => {
    this.#closeStream();
    this.#stopAsking();
    this.#slot.release();
  };

  readonly #onConnection = (): void => {
    if (this.#state === 'lost-login' && connection.present.problem === null) this.#decide();
  };

  #slotChanged(held: boolean): void {
    this.#stopAsking();
    this.#closeStream();
    if (held) this.#openStream();
    else void this.#pollOn(this.#feed.pollMs);
  }

  #openStream(): void {
    if (this.#paused) return;
    const source = new EventSource(this.#feed.streamAddress());
    this.#source = source;
    this.#openedAt = this.#heardAt = performance.now();
    this.#heard = false;
    source.onopen = () => {
      this.#failures = this.#unopened = 0;
      this.#feed.opened?.();
      if (!streamTrust.doubted) this.#set('live');
    };
    for (const name of [...this.#feed.eventNames, 'ping'])
      source.addEventListener(name, (event) => {
        if (this.#source !== source) return;
        this.#hear(name);
        if (name !== 'ping') this.#feed.receive(event as MessageEvent<string>);
      });
    let broken = false;
    source.onerror = () => {
      if (this.#source !== source) return;
      broken = true;
      if (this.#state !== 'connecting') this.#set('reconnecting');
      if (source.readyState !== EventSource.CLOSED) {
        void checkConnection(); // the browser tries again by itself, and does not say why it has to
        return;
      }
      this.#closeStream();
      void this.#recover();
    };
    void this.#watch(source, () => {
      const isOpen = source.readyState === EventSource.OPEN;
      this.#closeStream();
      this.#set('reconnecting');
      if (isOpen || (!broken && ++this.#unopened > UNOPENED)) streamTrust.stalled();
      if (streamTrust.retryMs === 0) void this.#recover();
      else void this.#pollOn(this.#feed.pollMs, streamTrust.retryMs);
    });
  }

  #hear(name: string): void {
    this.#heard = true;
    this.#heardAt = performance.now();
    if (name === 'ping' || this.#heardAt - this.#openedAt > TRUSTED_MS) streamTrust.restore();
    this.#set('live');
  }

  /** Asks plainly while a stream is silent. @param giveUp called when it is dead, or does not bring what plain requests bring */
  async #watch(source: EventSource, giveUp: () => void): Promise<void> {
    const watching = (this.#watching = new AbortController());
    const { signal } = watching;
    let missedAt = -1;
    let askedAt = 0;
    while (await pause(this.#feed.pollMs, signal)) {
      const heardAt = this.#heardAt;
      const now = performance.now();
      if (now - heardAt > DEAD_MS || missedAt === heardAt) {
        giveUp();
        return;
      }
      const isOpen = source.readyState === EventSource.OPEN;
      const mayDeliver = isOpen && (this.#heard || !streamTrust.doubted);
      if (mayDeliver && now - Math.max(heardAt, askedAt) < this.#feed.quietMs) continue;
      askedAt = now;
      const outcome = await this.#poll(watching);
      if (outcome === 'ended') return;
      if (outcome === 'brought') missedAt = heardAt;
      if (outcome !== 'failed') this.#set(mayDeliver ? 'live' : 'polling');
    }
  }

  #closeStream(): void {
    this.#watching.abort();
    this.#source?.close();
    this.#source = null;
  }

  /** The browser has given up: plain requests tell why, and bring what is missing until a stream opens again. */
  async #recover(): Promise<void> {
    const asking = this.#startAsking();
    this.#failures++;
    for (let read = false; !read;) {
      const outcome = await this.#poll(asking);
      if (outcome === 'ended' || !(await pause(this.#retryDelay(), asking.signal))) return;
      read = outcome !== 'failed';
    }
    this.#asking = null;
    this.#openStream();
  }

  /** @param forMs after which a stream is opened again */
  async #pollOn(everyMs: number, forMs = Infinity): Promise<void> {
    const asking = this.#startAsking();
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      const outcome = await this.#poll(asking);
      if (outcome === 'ended') return;
      if (outcome !== 'failed') {
        this.#failures = 0;
        this.#set('polling');
      }
      if (!(await pause(outcome === 'failed' ? this.#retryDelay() : everyMs, asking.signal))) return;
    }
    this.#asking = null;
    this.#openStream();
  }

  async #poll({ signal }: AbortController): Promise<'brought' | 'nothing' | 'failed' | 'ended'> {
    try {
      const brought = await this.#feed.poll(signal);
      if (signal.aborted) return 'ended';
      return brought ? 'brought' : 'nothing';
    } catch (error) {
      if (signal.aborted || isAborted(error)) return 'ended';
      if (!isApiError(error)) throw error;
      if (error.status === 404 || error.status === 401) {
        this.#leave();
        this.#set(error.status === 404 ? 'gone' : 'lost-login');
        return 'ended';
      }
      this.#failures++;
      this.#set('reconnecting');
      return 'failed';
    }
  }

  #retryDelay(): number {
    return Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (this.#failures - 1));
  }

  #startAsking(): AbortController {
    this.#stopAsking();
    this.#asking = new AbortController();
    return this.#asking;
  }

  #stopAsking(): void {
    this.#asking?.abort();
    this.#asking = null;
  }

  #set(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onState(state);
  }
}

/** @returns false when it was aborted */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
