import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { getRun, readEvents, type RunEventItem, runStreamAddress } from '../api/runs.js';
import { isLive } from '../elements/run-status.js';
import { FrameQueue } from './frame-queue.js';
import { type Feed, LiveConnection, type LiveState } from './live-connection.js';

export interface RunEventsTo {
  /** Events in order, each once; at most what fits into a frame. */
  onEvents(events: readonly RunEventItem[]): void;
}

const PAGE_EVENTS = 200;
const POLL_MS = 1000;
const QUIET_MS = 4000;
/** After so many polls without an event the run itself is looked at. */
const EMPTY_POLLS = 5;
/** Characters that may wait to be handled before the stream is closed for a while. */
const BEHIND = 8_000_000;

/**
 * Follows a run to its `done` while the host is in the page, and asks the host to update when `state` changes:
 * `readonly #run = followRun(this, { onEvents: … })`, then `this.#run.follow(runId)`.
 */
export const followRun = (host: ReactiveControllerHost, to: RunEventsTo): RunFollower => new RunFollower(host, to);

export class RunFollower implements ReactiveController, Feed {
  readonly eventNames = ['status', 'log', 'done'];
  readonly pollMs = POLL_MS;
  readonly quietMs = QUIET_MS;
  readonly #host: ReactiveControllerHost;
  readonly #to: RunEventsTo;
  readonly #queue = new FrameQueue<string | RunEventItem>(
    (item) => this.#handle(item),
    () => this.#handOn(),
  );
  #connection: LiveConnection | null = null;
  #connected = false;
  #runId = '';
  #received = 0;
  #waiting = 0;
  #emptyPolls = 0;
  #batch: RunEventItem[] = [];

  constructor(host: ReactiveControllerHost, to: RunEventsTo) {
    this.#host = host;
    this.#to = to;
    host.addController(this);
  }

  get state(): LiveState {
    return this.#connection?.state ?? 'connecting';
  }

  /** @param since only events after this seq are handed on */
  follow(runId: string, since = 0): void {
    this.stop();
    this.#runId = runId;
    this.#received = since;
    this.#connection = new LiveConnection(this, () => this.#host.requestUpdate());
    if (this.#connected) this.#connection.start();
  }

  stop(): void {
    this.#connection?.stop();
    this.#connection = null;
    this.#queue.clear();
    this.#batch = [];
    this.#waiting = 0;
  }

  hostConnected(): void {
    this.#connected = true;
    if (this.state !== 'complete') this.#connection?.start();
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.#connection?.stop();
  }

  streamAddress(): string {
    return runStreamAddress(this.#runId, this.#received);
  }

  receive({ type, data, lastEventId }: MessageEvent<string>): void {
    this.#take(Number(lastEventId), type, data, data.length);
  }

  async poll(signal: AbortSignal): Promise<boolean> {
    const before = this.#received;
    for (let mayBeMore = true; mayBeMore;) {
      const events = await readEvents(this.#runId, { since: this.#received, limit: PAGE_EVENTS }, { signal });
      for (const event of events)
        this.#take(event.seq, event.type, event, event.type === 'log' ? event.line.length : 0);
      const last = events.at(-1);
      mayBeMore = last !== undefined && last.type !== 'done'; // a page may be shorter than was asked for
      if (events.length > 0) this.#emptyPolls = 0;
      else if (++this.#emptyPolls % EMPTY_POLLS === 0) await this.#finishIfOver(signal);
      await this.#caughtUp(signal);
    }
    return this.#received > before;
  }

  /** A log that lost its end (the machine lost power) may have a `done` before what was received. */
  async #finishIfOver(signal: AbortSignal): Promise<void> {
    const run = await getRun(this.#runId, { signal });
    if (run.status !== null && !isLive(run.status) && run.meta.lastSeq + 2 <= this.#received)
      this.#connection?.finish();
  }

  #take(seq: number, type: string, item: string | RunEventItem, size: number): void {
    if (seq <= this.#received) return;
    this.#received = seq;
    this.#waiting += size;
    this.#queue.push(item);
    if (type === 'done') this.#connection?.finish();
    else if (this.#waiting > BEHIND) this.#connection?.pause();
  }

  #handle(item: string | RunEventItem): void {
    const event = typeof item === 'string' ? (JSON.parse(item) as RunEventItem) : item;
    this.#waiting -= typeof item === 'string' ? item.length : event.type === 'log' ? event.line.length : 0;
    this.#batch.push(event);
  }

  #handOn(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#to.onEvents(batch);
    if (this.#waiting < BEHIND / 2) this.#connection?.resume();
  }

  async #caughtUp(signal: AbortSignal): Promise<void> {
    while (this.#queue.length > 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
