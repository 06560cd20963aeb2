import { closeSync, fstat, ftruncate, read, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { RunLogWriter } from '../../../application/ports/run-log.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { toStoreError } from './file-errors.js';
import type { LogBytes } from './log-file.js';
import { toLines } from './log-lines.js';
import { isInPlace, putBack } from './put-back.js';
import { RecentEvents } from './recent-events.js';

// Measured: half the time of FileHandle.write.
const writeTo = promisify(write);
/** Up to this, a write takes 10 to 40 µs, and to ask a thread for it two to ten times as long. */
const QUICK_BYTES = 128 * 1024;
/** A disk that held a write up for longer may hold up the next: for a while they are a thread's, not the event loop's. */
const SLOW_MS = 5;
const SLOW_FOR_MS = 2000;
const truncate = promisify(ftruncate);
const readFrom = promisify(read);
const statOf = promisify(fstat);
/** Written before the room on the disk is looked at for the first time: a log this short is kept however little there is. */
const UNCHECKED_AT_FIRST = 64 * 1024;
/** Written between two looks. */
const UNCHECKED_BYTES = 512 * 1024;

/** Appends to one log. What it has not acknowledged is past `end`, and never read. */
export class FileRunLogWriter implements RunLogWriter {
  /** Null when closed: the number may be another file's by then. */
  #fd: number | null;
  readonly #path: string;
  readonly #closed: () => void;
  readonly #requireRoom: () => void;
  #end: number;
  #lastSeq: number;
  /** What a failed write left past `end` is still there. */
  #torn = false;
  #slowUntil = 0;
  #unchecked = UNCHECKED_AT_FIRST;
  #appending: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  readonly #readers = new Set<Promise<unknown>>();
  readonly #recent = new RecentEvents();

  /**
   * @param fd taken over
   * @param whole how far the file holds whole events, in bytes, and the last of them
   * @param on.path where the file belongs
   * @param on.closed called when it is closed
   * @param on.requireRoom throws when logs may take no more of the disk
   */
  constructor(
    fd: number,
    whole: { end: number; lastSeq: number },
    on: { path: string; closed: () => void; requireRoom: () => void },
  ) {
    this.#fd = fd;
    this.#end = whole.end;
    this.#lastSeq = whole.lastSeq;
    this.#path = on.path;
    this.#closed = on.closed;
    this.#requireRoom = on.requireRoom;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Size of what it has acknowledged, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** As `RunLog.read`; null when not all of what was acknowledged since is at hand. Most who ask want what was written a moment ago. */
  recentAfter(seq: number, limit: number, maxBytes: number): readonly EncodedEvent[] | null {
    return this.#recent.after(seq, limit, maxBytes);
  }

  append(events: readonly EncodedEvent[]): Promise<void> {
    const appending = this.#append(events);
    this.#appending = appending.catch(() => undefined);
    return appending;
  }

  /** Lets `work` read the file, wherever it is by now. It is not closed before `work` has ended. */
  async use<T>(work: (file: LogBytes) => Promise<T>): Promise<T> {
    const fd = this.#open();
    const reading = work({
      read: (buffer, offset, length, position) => readFrom(fd, buffer, offset, length, position),
      stat: () => statOf(fd),
    });
    this.#readers.add(reading);
    try {
      return await reading;
    } finally {
      this.#readers.delete(reading);
    }
  }

  /** A file that was moved, replaced or deleted meanwhile is written again where it belongs. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#appending;
    if (this.#torn && this.#fd !== null) await this.#cutBack().catch(() => undefined);
    if (this.#fd !== null && !isInPlace(this.#fd, this.#path)) await putBack(this.#fd, this.#end, this.#path);
    this.#closed(); // from here on readers open the file by its path
    while (this.#readers.size > 0) await Promise.allSettled(this.#readers);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  async #append(events: readonly EncodedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (!last) return;
    const fd = this.#open();
    this.#requireNext(events);
    let length: number;
    try {
      if (this.#torn) await this.#cutBack();
      const lines = toLines(events);
      ({ length } = lines);
      this.#watchRoom(length);
      const done = length <= QUICK_BYTES ? this.#writeQuickly(fd, lines) : 0;
      if (done < length) await this.#writeElsewhere(fd, Buffer.from(lines.subarray(done)), this.#end + done);
    } catch (error) {
      await this.#cutBack().catch(() => undefined);
      throw toStoreError(error);
    }
    this.#end += length;
    this.#lastSeq = last.seq;
    this.#recent.add(events);
  }

  /** @returns how many bytes were written: none while the disk is slow */
  #writeQuickly(fd: number, lines: Buffer): number {
    const begun = performance.now();
    if (begun < this.#slowUntil) return 0;
    const written = writeSync(fd, lines, 0, lines.length, this.#end);
    const now = performance.now();
    if (now - begun > SLOW_MS) this.#slowUntil = now + SLOW_FOR_MS;
    return written;
  }

  async #writeElsewhere(fd: number, lines: Buffer, position: number): Promise<void> {
    for (let done = 0; done < lines.length;) {
      const { bytesWritten } = await writeTo(fd, lines, done, lines.length - done, position + done);
      done += bytesWritten;
    }
  }

  #watchRoom(bytes: number): void {
    this.#unchecked -= bytes;
    if (this.#unchecked >= 0) return;
    this.#requireRoom();
    this.#unchecked = UNCHECKED_BYTES;
  }

  async #cutBack(): Promise<void> {
    this.#torn = true;
    await truncate(this.#open(), this.#end);
    this.#torn = false;
  }

  #open(): number {
    if (this.#fd === null) throw new Error('the log is closed');
    return this.#fd;
  }

  #requireNext(events: readonly EncodedEvent[]): void {
    const wrong = events.find(({ seq }, index) => seq !== this.#lastSeq + 1 + index);
    if (wrong) throw new Error(`event ${wrong.seq} does not follow on event ${this.#lastSeq} of the log`);
  }
}
