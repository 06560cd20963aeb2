import type { EncodedEvent } from '../domain/run/run-event.js';
import type { EventBus } from './ports/event-bus.js';

/** More than this is left to the log, from which a viewer that lags reads it again. */
const MAX_EVENTS = 256;
const MAX_CHARACTERS = 512 * 1024;

/** What the bus has told one viewer and the viewer has not taken: bounded, so that a slow viewer costs no memory. */
export class EventInbox {
  readonly #unsubscribe: () => void;
  #events: EncodedEvent[] = [];
  #characters = 0;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(bus: EventBus, runId: string, signal: AbortSignal) {
    this.#unsubscribe = bus.subscribe(runId, (events) => this.#receive(events));
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', () => this.close(), { once: true });
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** The events that follow `seq` without a gap; null when something is missing before them, which only the log has. */
  takeAfter(seq: number): readonly EncodedEvent[] | null {
    const events = this.#events.filter((event) => event.seq > seq);
    this.#events = [];
    this.#characters = 0;
    return events[0] === undefined || events[0].seq === seq + 1 ? events : null;
  }

  /** Resolves when there is something, or when it is closed. */
  async filled(): Promise<void> {
    if (!this.isEmpty || this.#closed) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#wake?.();
  }

  #receive(events: readonly EncodedEvent[]): void {
    this.#events.push(...events);
    for (const { json } of events) this.#characters += json.length;
    while (this.#events.length > MAX_EVENTS || this.#characters > MAX_CHARACTERS) {
      const oldest = this.#events.shift();
      if (!oldest) break;
      this.#characters -= oldest.json.length;
    }
    this.#wake?.();
    this.#wake = null;
  }
}
