import { write } from 'node:fs';
import { type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type RunLogWriter } from '../../../application/ports/run-log.js';
import { type EncodedEvent } from '../../../domain/run/run-event.js';
import { toStoreError } from './file-errors.js';
import { lastLine, readAt } from './log-file.js';
import { readHead, toLines } from './log-lines.js';

// Measured: half the time of FileHandle.write.
const writeTo = promisify(write);

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
    const { size } = await file.stat();
    if (size === 0) await file.chmod(0o600);
    const kept = await lastEvent(file, size);
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
    this.#closed();
    if (this.#torn) await this.#cutBack().catch(() => undefined);
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

/** The last line that is an event: its `seq` and where it ends. What follows it is not of a finished write. */
const lastEvent = async (file: FileHandle, size: number): Promise<{ end: number; lastSeq: number }> => {
  for (let line = await lastLine(file, size); line; line = await lastLine(file, line.start)) {
    const bytes = await readAt(file, line.start, line.end - line.start);
    const head = readHead(bytes, 0);
    if (head && isJson(bytes)) return { end: line.end, lastSeq: head.seq };
  }
  return { end: 0, lastSeq: 0 };
};

const isJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
};
