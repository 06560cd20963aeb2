import {
  encodeEvent,
  type EncodedEvent,
  type EndingPhase,
  type NewEvent,
  type OutputStream,
} from '../domain/run/run-event.js';
import { asPrinted } from '../domain/run/printed-text.js';
import { OutputDigest } from '../domain/run/output-digest.js';
import type { RunProgress } from '../domain/run/script-run.js';
import { headOfUtf8, utf8Length } from '../domain/text.js';
import type { Clock } from './ports/clock.js';
import type { RunLogWriter } from './ports/run-log.js';

/** A piece goes out at once if its stream's last one is this old; otherwise it waits for that moment or for `PIECE_BYTES`. */
const PIECE_MS = 50;
const PIECE_BYTES = 16 * 1024;
/** What may be held in memory before the script has to wait. */
const HELD_BYTES = 1024 * 1024;
/** What an event takes in memory beside its text, so that a flood of tiny pieces is bounded too. */
const EVENT_BYTES = 256;
/** The same while the store does not answer. */
const HELD_BYTES_IN_OUTAGE = 8 * 1024 * 1024;

export interface OutputRecorderNeeds {
  /**
   * Opens the log; called when the script has been started, and what is recorded until it resolves is held. `onWait` is to be called
   * whenever the log waits for a store that does not answer. A log that cannot be opened loses the output, not the run.
   */
  readonly openLog: (onWait: () => void) => Promise<RunLogWriter>;
  /** What a log begins with that nobody has written to yet. */
  readonly beginning: NewEvent;
  readonly publish: (events: readonly EncodedEvent[]) => void;
  readonly clock: Clock;
  /** Size of `outputTail`. */
  readonly tailBytes: number;
  /** Output past this is counted and dropped. */
  readonly maxLogBytes: number;
  /** Aborted: give up on a store that does not answer. */
  readonly abandon: AbortSignal;
}

const CLOSING = new Error('the recorder is closing');

interface Waiting {
  event: NewEvent;
  /** Bytes of output in it. */
  bytes: number;
}

/**
 * Takes what a run prints, in order of arrival, to its durable log and only then to its viewers. All that waits goes in one write.
 * Its memory is bounded: `output` answers a promise when the script has to wait. It begins with the status `running`.
 */
export class OutputRecorder {
  readonly #needs: OutputRecorderNeeds;
  readonly #digest: OutputDigest;
  readonly #timers = new AbortController();
  readonly #sentAt: Record<OutputStream, number> = { stdout: -Infinity, stderr: -Infinity };
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** When the first of what waits has to go out, on the monotonic clock. */
  #dueAt = Infinity;
  #timerSet = false;
  #writing: Promise<void> | null = null;
  readonly #writer: Promise<RunLogWriter | null>;
  /** Bytes that wait or are being written. */
  #heldBytes = 0;
  #storedBytes = 0;
  #lastSeq = 0;
  #room: { promise: Promise<void>; open: () => void } | null = null;
  #outage = false;
  #closing = false;
  #lost: string | null = null;

  constructor(needs: OutputRecorderNeeds) {
    this.#needs = needs;
    this.#digest = new OutputDigest(needs.tailBytes);
    this.#writer = this.#openLog();
    this.event(runningEvent(needs.clock));
  }

  /** Why output is missing from the log though the cap was not reached; null when none is. */
  get lost(): string | null {
    return this.#lost;
  }

  /** As `RunWatch.output`. @returns a promise when nothing more should be read until it resolves. */
  output(stream: OutputStream, text: string, bytes: number, printed = bytes): Promise<void> | undefined {
    this.#digest.add(stream, text, bytes);
    this.#digest.adjust(printed - bytes);
    const left = this.#needs.maxLogBytes - this.#storedBytes;
    if (this.#lost !== null || left <= 0) this.#digest.drop(bytes);
    else if (bytes <= left) this.#store(stream, text, bytes);
    else this.#storeUpToCap(stream, text, bytes, left);
    return this.#heldBytes > this.#mayHold() ? this.#untilRoom() : undefined;
  }

  /** Counts output that is not handed over. */
  dropped(bytes: number): void {
    this.#digest.miss(bytes);
  }

  /** Runlet speaks: a line of its own in the log, not counted as output. */
  note(message: string): void {
    this.event({
      type: 'log',
      ts: this.#needs.clock.now().toISOString(),
      stream: 'system',
      line: `[runlet] ${message}\n`,
    });
  }

  event(...events: readonly NewEvent[]): void {
    for (const event of events) this.#push({ event, bytes: 0 });
    this.#flush();
  }

  progress(): RunProgress {
    return { outputTail: this.#digest.tail(), output: this.#digest.counts(), lastSeq: this.#lastSeq };
  }

  /** Shows that the run is being ended. */
  phase(phase: EndingPhase): void {
    this.event(runningEvent(this.#needs.clock, phase));
  }

  /** Writes what waits and closes the log. @throws the reason of `abandon` when that was aborted first. */
  async close(): Promise<RunProgress> {
    this.#closing = true;
    this.#timers.abort(CLOSING);
    this.#flush();
    await this.#writing;
    const writer = await this.#writer;
    await writer?.close().catch((error: unknown) => this.#lose('closed', error));
    this.#needs.abandon.throwIfAborted();
    return this.progress();
  }

  async #openLog(): Promise<RunLogWriter | null> {
    await Promise.resolve(); // what is called next is the script's start
    try {
      const writer = await this.#needs.openLog(() => this.#holdMore());
      if (writer.lastSeq === 0) this.#push({ event: this.#needs.beginning, bytes: 0 }, 'first');
      this.#lastSeq = writer.lastSeq;
      return writer;
    } catch (error) {
      this.#lose('opened', error);
      return null;
    }
  }

  #store(stream: OutputStream, text: string, bytes: number): void {
    this.#storedBytes += bytes;
    if (text === '') return;
    this.#heldBytes += bytes;
    this.#waitingBytes += bytes;
    this.#dueAt = Math.min(this.#dueAt, this.#sentAt[stream] + PIECE_MS);
    const last = this.#waiting.at(-1);
    if (last && last.bytes < PIECE_BYTES && last.event.type === 'log' && last.event.stream === stream) {
      last.event = { ...last.event, line: last.event.line + text };
      last.bytes += bytes;
    } else {
      const ts = this.#needs.clock.now().toISOString();
      this.#push({ event: { type: 'log', ts, stream, line: text }, bytes });
    }
    this.#flushWhenDue();
  }

  #push(waiting: Waiting, place: 'first' | 'last' = 'last'): void {
    if (place === 'first') this.#waiting.unshift(waiting);
    else this.#waiting.push(waiting);
    this.#heldBytes += EVENT_BYTES;
  }

  #storeUpToCap(stream: OutputStream, text: string, bytes: number, left: number): void {
    const head = headOfUtf8(text, left);
    const kept = utf8Length(head);
    this.#store(stream, head, kept);
    this.#storedBytes = this.#needs.maxLogBytes;
    this.#digest.drop(bytes - kept);
    this.note(
      `output past ${this.#needs.maxLogBytes} bytes (MAX_LOG_BYTES) is counted but not kept; outputTail has its end`,
    );
  }

  #flushWhenDue(): void {
    if (this.#writing) return; // it looks again when it is done
    const wait = this.#waitUntilDue();
    if (wait <= 0) this.#flush();
    else if (!this.#timerSet) {
      this.#timerSet = true;
      void this.#needs.clock.after(wait, this.#timers.signal).then(
        () => {
          this.#timerSet = false;
          this.#flush();
        },
        () => undefined, // closing, which flushes
      );
    }
  }

  #waitUntilDue(): number {
    return this.#waitingBytes >= PIECE_BYTES ? 0 : this.#dueAt - this.#needs.clock.monotonic();
  }

  #flush(): void {
    if (this.#writing || this.#waiting.length === 0) return;
    this.#writing = this.#writeWhatIsDue();
  }

  async #writeWhatIsDue(): Promise<void> {
    const writer = await this.#writer;
    do {
      const batch = this.#waiting;
      const bytes = this.#waitingBytes;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#dueAt = Infinity;
      if (writer && this.#lost === null) await this.#append(writer, batch, bytes);
      else this.#digest.drop(bytes);
      this.#heldBytes -= bytes + batch.length * EVENT_BYTES;
      this.#outage = false;
      this.#openRoom();
    } while (this.#waiting.length > 0 && (this.#closing || this.#waitUntilDue() <= 0));
    this.#writing = null;
    if (this.#waiting.length > 0) this.#flushWhenDue();
  }

  async #append(writer: RunLogWriter, batch: readonly Waiting[], bytes: number): Promise<void> {
    const now = this.#needs.clock.monotonic();
    const events = batch.map(({ event }, index) => {
      const seq = this.#lastSeq + 1 + index;
      if (event.type !== 'log') return encodeEvent({ ...event, seq });
      if (event.stream !== 'system') this.#sentAt[event.stream] = now;
      return encodeEvent({ ...event, ...asPrinted(event.line), seq });
    });
    try {
      await writer.append(events);
    } catch (error) {
      this.#lose('written', error);
      this.#digest.drop(bytes);
      return;
    }
    this.#lastSeq += events.length;
    this.#needs.publish(events);
  }

  /** From here on output is counted and dropped. */
  #lose(what: 'opened' | 'written' | 'closed', error: unknown): void {
    this.#lost ??= `its log could not be ${what}: ${error instanceof Error ? error.message : 'unknown error'}`;
  }

  #holdMore(): void {
    this.#outage = true;
    this.#openRoom();
  }

  #mayHold(): number {
    return this.#outage ? HELD_BYTES_IN_OUTAGE : HELD_BYTES;
  }

  #untilRoom(): Promise<void> {
    if (!this.#room) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => (open = resolve));
      this.#room = { promise, open };
    }
    return this.#room.promise;
  }

  #openRoom(): void {
    if (!this.#room || this.#heldBytes > this.#mayHold()) return;
    this.#room.open();
    this.#room = null;
  }
}

const runningEvent = (clock: Clock, phase?: EndingPhase): NewEvent => ({
  type: 'status',
  ts: clock.now().toISOString(),
  status: 'running',
  ...(phase && { phase }),
});
