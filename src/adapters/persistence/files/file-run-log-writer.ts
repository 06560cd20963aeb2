import { write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { RunLogWriter } from '../../../application/ports/run-log.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { toStoreError } from './file-errors.js';
import { readEvents } from './log-file.js';
import { toLines } from './log-lines.js';

// Measured: half the time of FileHandle.write.
const writeTo = promisify(write);
/** Read at once when a log that was left is checked. */
const CHECKED_BYTES = 256 * 1024;

/** Appends to one log. What it has not acknowledged is past `end`, and never read. */
export class FileRunLogWriter implements RunLogWriter {
  readonly #file: FileHandle;
  readonly #closed: () => void;
  #end: number;
  #lastSeq: number;
  /** What a failed write left past `end` is still there. */
  #torn = false;

  private constructor(file: FileHandle, state: { end: number; lastSeq: number }, closed: () => void) {
    this.#file = file;
    this.#end = state.end;
    this.#lastSeq = state.lastSeq;
    this.#closed = closed;
  }

  /** Takes over the file: cuts off what a crash left of an unfinished write. */
  static async on(file: FileHandle, closed: () => void): Promise<FileRunLogWriter> {
    const { size, mode } = await file.stat();
    if ((mode & 0o777) !== 0o600) await file.chmod(0o600);
    const kept = size === 0 ? { end: 0, lastSeq: 0 } : await wholeEvents(file);
    if (kept.end < size) await file.truncate(kept.end);
    return new FileRunLogWriter(file, kept, closed);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Size of what it has acknowledged, in bytes. */
  get end(): number {
    return this.#end;
  }

  async append(events: readonly EncodedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (!last) return;
    this.#requireNext(events);
    const lines = toLines(events);
    try {
      if (this.#torn) await this.#cutBack();
      for (let done = 0; done < lines.length;) {
        const { bytesWritten } = await writeTo(this.#file.fd, lines, done, lines.length - done, this.#end + done);
        done += bytesWritten;
      }
    } catch (error) {
      await this.#cutBack().catch(() => undefined);
      throw toStoreError(error);
    }
    this.#end += lines.length;
    this.#lastSeq = last.seq;
  }

  async close(): Promise<void> {
    if (this.#torn) await this.#cutBack().catch(() => undefined);
    this.#closed();
    await this.#file.close();
  }

  async #cutBack(): Promise<void> {
    this.#torn = true;
    await this.#file.truncate(this.#end);
    this.#torn = false;
  }

  #requireNext(events: readonly EncodedEvent[]): void {
    const wrong = events.find(({ seq }, index) => seq !== this.#lastSeq + 1 + index);
    if (wrong) throw new Error(`event ${wrong.seq} does not follow on event ${this.#lastSeq} of the log`);
  }
}

/** How far the file holds whole events in order. All of it is read: after a power cut, any part may be missing. */
const wholeEvents = async (file: FileHandle): Promise<{ end: number; lastSeq: number }> => {
  let end = 0;
  let lastSeq = 0;
  for (;;) {
    const range = { from: end, end: Infinity, after: lastSeq, maxBytes: CHECKED_BYTES };
    const page = await readEvents(file, { ...range, limit: Infinity });
    const broken = page.events.findIndex(({ json }) => !isJson(json));
    const whole = broken === -1 ? page : await readEvents(file, { ...range, limit: broken });
    end = whole.offset;
    lastSeq = whole.events.at(-1)?.seq ?? lastSeq;
    if (broken !== -1 || page.events.length === 0) return { end, lastSeq };
  }
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
