import { encodeEvent, type EncodedEvent, type NewEvent, type OutputStream } from '../domain/run/run-event.js';
import { OutputDigest } from '../domain/run/output-digest.js';
import type { RunProgress } from '../domain/run/script-run.js';
import { headOfUtf8, utf8Length } from '../domain/text.js';
import type { Clock } from './ports/clock.js';
import type { RunLogWriter } from './ports/run-log.js';
import { untilStoreAnswers } from './until-store-answers.js';

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
  readonly writer: RunLogWriter;
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
 * Its memory is bounded: `output` answers a promise when the script has to wait.
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
  /** Bytes that wait or are being written. */
  #heldBytes = 0;
  #storedBytes = 0;
  #lastSeq: number;
  #room: { promise: Promise<void>; open: () => void } | null = null;
  #outage = false;
  #closing = false;
  #lost: string | null = null;

  constructor(needs: OutputRecorderNeeds) {
    this.#needs = needs;
    this.#digest = new OutputDigest(needs.tailBytes);
    this.#lastSeq = needs.writer.lastSeq;
  }

  /** Why output is missing from the log though the cap was not reached; null when none is. */
  get lost(): string | null {
    return this.#lost;
  }

  /** @returns a promise when nothing more should be read until it resolves. */
  output(stream: OutputStream, text: string, bytes: number): Promise<void> | undefined {
    this.#digest.add(stream, text, bytes);
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

  /** Writes what waits and closes the log. @throws the reason of `abandon` when that was aborted first. */
  async close(): Promise<RunProgress> {
    this.#closing = true;
    this.#timers.abort(CLOSING);
    this.#flush();
    await this.#writing;
    await this.#needs.writer.close();
    this.#needs.abandon.throwIfAborted();
    return this.progress();
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

  #push(waiting: Waiting): void {
    this.#waiting.push(waiting);
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
    do {
      const batch = this.#waiting;
      const bytes = this.#waitingBytes;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#dueAt = Infinity;
      await this.#append(batch, bytes);
      this.#heldBytes -= bytes + batch.length * EVENT_BYTES;
      this.#outage = false;
      this.#openRoom();
    } while (this.#waiting.length > 0 && (this.#closing || this.#waitUntilDue() <= 0));
    this.#writing = null;
    if (this.#waiting.length > 0) this.#flushWhenDue();
  }

  async #append(batch: readonly Waiting[], bytes: number): Promise<void> {
    const { writer, publish, clock, abandon } = this.#needs;
    if (this.#lost !== null) {
      this.#digest.drop(bytes);
      return;
    }
    const now = clock.monotonic();
    const events = batch.map(({ event }, index) => {
      if (event.type === 'log' && event.stream !== 'system') this.#sentAt[event.stream] = now;
      return encodeEvent({ ...event, seq: this.#lastSeq + 1 + index });
    });
    try {
      await untilStoreAnswers(
        clock,
        abandon,
        () => writer.append(events),
        () => {
          this.#outage = true;
          this.#openRoom();
        },
      );
    } catch (error) {
      this.#lost = `its log could not be written: ${error instanceof Error ? error.message : 'unknown error'}`;
      this.#digest.drop(bytes);
      return;
    }
    this.#lastSeq += events.length;
    publish(events);
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
