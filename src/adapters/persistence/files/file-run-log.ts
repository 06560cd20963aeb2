import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { chmod, mkdir, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DamagedLog, type RunLog, type RunLogWriter } from '../../../application/ports/run-log.js';
import type { StoreExamination } from '../../../application/ports/store.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { timeOfId } from '../rows/row.js';
import { examineFolder } from './examine-folder.js';
import { isFileError, isMissing, isPassing, toStoreError } from './file-errors.js';
import { FileRunLogWriter } from './file-run-log-writer.js';
import { type EventPage, lastSeqOf, type LogBytes, readEvents, seek, wholeEvents } from './log-file.js';
import { requireRoom } from './require-room.js';
import { ReadPositions } from './read-positions.js';
import { SharedHandles } from './shared-handles.js';

const IDLE_HANDLES = 16;
const POSITIONS = 1024;
const BATCH = 200;

/**
 * Run logs as files of a folder that no other process writes to, made if there is none: `<runId>.ndjson`, one event a line.
 * @throws Error that names the folder and says what to do
 */
export const openFileRunLog = async (folder: string): Promise<FileRunLog> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`${folder} cannot be the folder of the run logs (${why}): move away what is in its place`, {
      cause: error,
    });
  }
  return new FileRunLog(folder);
};

export class FileRunLog implements RunLog {
  readonly #folder: string;
  readonly #writers = new Map<string, FileRunLogWriter>();
  readonly #handles = new SharedHandles(IDLE_HANDLES);
  readonly #positions = new ReadPositions(POSITIONS);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * A writer of the same log that was left open is closed. Opens in the next turn of the event loop, so that answers under way go out
   * first, but in this thread: to ask another one takes ten times as long.
   */
  async open(runId: string): Promise<RunLogWriter> {
    const path = this.#pathOf(runId);
    await nextTurn();
    await this.#writers.get(runId)?.close();
    return storeErrors(async () => {
      const fd = this.#openFile(path);
      try {
        const writer = new FileRunLogWriter(fd, await this.#cutToWhole(path, fd), {
          path,
          closed: () => {
            if (this.#writers.get(runId) === writer) this.#writers.delete(runId);
          },
          requireRoom: () => requireRoom(this.#folder),
        });
        this.#writers.set(runId, writer);
        return writer;
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    });
  }

  /** Also in a folder that was taken away: the next run must not be without its log. */
  #openFile(path: string): number {
    const open = (): number => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      return open();
    } catch (error) {
      if (!isMissing(error)) throw error;
      mkdirSync(this.#folder, { mode: 0o700 });
      return open();
    }
  }

  /** Cuts off what a crash left of an unfinished write. */
  async #cutToWhole(path: string, fd: number): Promise<{ end: number; lastSeq: number }> {
    const { size, mode } = fstatSync(fd);
    if ((mode & 0o777) !== 0o600) fchmodSync(fd, 0o600);
    if (size === 0) return { end: 0, lastSeq: 0 };
    const whole = await this.#handles.use(path, wholeEvents);
    if (whole.end < size) ftruncateSync(fd, whole.end);
    return whole;
  }

  async lastSeq(runId: string): Promise<number> {
    const writer = this.#writers.get(runId);
    if (writer) return writer.lastSeq;
    return this.#read(runId, 0, lastSeqOf).catch((error: unknown) => {
      if (error instanceof DamagedLog) return error.lastSeq;
      throw error;
    });
  }

  async read(runId: string, after: number, limit: number, maxBytes = Infinity): Promise<readonly EncodedEvent[]> {
    const writer = this.#writers.get(runId);
    if (writer && after >= writer.lastSeq) return [];
    const recent = writer?.recentAfter(after, limit, maxBytes);
    if (recent) return recent;
    const end = writer?.end ?? Infinity;
    return this.#read(runId, [], async (file) => {
      const range = { end, after, limit, maxBytes };
      const noted = this.#positions.after(runId, after);
      let page = noted === undefined ? null : await readEvents(file, { from: { offset: noted, seq: after }, ...range });
      // A file that was changed meanwhile may be damaged before that place, and not there.
      if (!page || isDamaged(page)) page = await readEvents(file, { from: await seek(file, after, end), ...range });
      if (isDamaged(page))
        throw new DamagedLog(page.damagedAfter, `${runId}.ndjson is damaged from byte ${page.offset} on`);
      const last = page.events.at(-1);
      if (last) this.#positions.note(runId, last.seq, page.offset);
      return page.events;
    });
  }

  async readBefore(runId: string, before: number, limit: number): Promise<readonly EncodedEvent[]> {
    const last = Math.min(before - 1, await this.lastSeq(runId));
    const after = Math.max(0, last - limit);
    return last > after ? this.read(runId, after, last - after) : [];
  }

  async delete(runId: string): Promise<void> {
    const path = this.#pathOf(runId);
    this.#positions.forget(runId);
    await this.#handles.forget(path);
    await unlink(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  async *runIdsBefore(time: Date): AsyncGenerator<readonly string[]> {
    let batch: string[] = [];
    for await (const { name } of await this.#entries()) {
      const runId = /^([0-9a-f]{24})\.ndjson$/.exec(name)?.[1];
      if (runId === undefined || timeOfId(runId) >= time) continue;
      if (batch.push(runId) < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  /** None while the folder is away. */
  async #entries(): Promise<AsyncIterable<{ name: string }>> {
    return opendir(this.#folder).catch((error: unknown) => {
      if (isMissing(error)) return Readable.from([]);
      throw error;
    });
  }

  /** As `Store.examine`, of the folder. */
  examine(): Promise<StoreExamination> {
    return examineFolder(this.#folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()));
    await this.#handles.close();
  }

  /** A log that is being written is read from the writer's own file, which may not be at its path any more. */
  async #read<T>(runId: string, missing: T, work: (file: LogBytes) => Promise<T>): Promise<T> {
    const path = this.#pathOf(runId);
    try {
      return await (this.#writers.get(runId)?.use(work) ?? this.#handles.use(path, work));
    } catch (error) {
      if (isMissing(error)) return missing;
      if (isFileError(error) && !isPassing(error))
        throw new DamagedLog(0, `${runId}.ndjson cannot be read: ${(error as Error).message}`);
      throw toStoreError(error);
    }
  }

  #pathOf(runId: string): string {
    if (!/^[0-9a-f]{24}$/.test(runId)) throw new Error('the id of a run is 24 hex digits');
    return join(this.#folder, `${runId}.ndjson`);
  }
}

/** Whether damage is all that there is. */
const isDamaged = (page: EventPage): page is EventPage & { damagedAfter: number } =>
  page.events.length === 0 && page.damagedAfter !== null;

const storeErrors = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
};
