import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type RunListItem, runsStreamAddress } from '../api/runs.js';
import { DEAD_MS, type Feed, LiveConnection, type LiveState } from './live-connection.js';

export interface RunChangesTo {
  /** A run has begun or its status has changed. */
  onRun(run: RunListItem): void;
  /**
   * Changes may have been missed: read the list. Called when the stream opens, and again and again while there is none for this tab.
   * @throws ApiError
   */
  onReload(signal: AbortSignal): Promise<void>;
}

const POLL_MS = 3000;

/** Tells of runs as they change while the host is in the page: `readonly #runs = watchRuns(this, { onRun: …, onReload: … })`. */
export const watchRuns = (host: ReactiveControllerHost, to: RunChangesTo): RunsWatcher => new RunsWatcher(host, to);

export class RunsWatcher implements ReactiveController, Feed {
  readonly eventNames = ['run'];
  readonly pollMs = POLL_MS;
  readonly quietMs = DEAD_MS; // reading a list takes more than an empty page of events
  readonly #to: RunChangesTo;
  readonly #connection: LiveConnection;
  #reloading = new AbortController();

  constructor(host: ReactiveControllerHost, to: RunChangesTo) {
    this.#to = to;
    this.#connection = new LiveConnection(this, () => host.requestUpdate());
    host.addController(this);
  }

  get state(): LiveState {
    return this.#connection.state;
  }

  hostConnected(): void {
    this.#connection.start();
  }

  hostDisconnected(): void {
    this.#connection.stop();
    this.#reloading.abort();
  }

  streamAddress(): string {
    return runsStreamAddress();
  }

  opened(): void {
    this.#reloading.abort();
    this.#reloading = new AbortController();
    this.poll(this.#reloading.signal).catch(() => undefined); // the api client has told the page; the stream opens again after it
  }

  receive({ data }: MessageEvent<string>): void {
    this.#to.onRun(JSON.parse(data) as RunListItem);
  }

  async poll(signal: AbortSignal): Promise<boolean> {
    await this.#to.onReload(signal);
    return false;
  }
}
