import { open, type FileHandle } from 'node:fs/promises';

interface Entry {
  readonly file: Promise<FileHandle>;
  readers: number;
}

/** Files open for reading, shared by all who read them and kept for who reads on: to open one takes longer than to read a page of it. */
export class SharedHandles {
  readonly #idleMax: number;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();

  /** @param idleMax how many stay open while nobody reads them. */
  constructor(idleMax: number) {
    this.#idleMax = idleMax;
  }

  /** @throws what opening the file throws: ENOENT when there is none. */
  async use<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(path) ?? { file: open(path, 'r'), readers: 0 };
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.readers++;
    try {
      return await read(await entry.file);
    } finally {
      entry.readers--;
      await this.#release(path, entry);
    }
  }

  /** Lets go of a file that is deleted, as soon as nobody reads it. */
  async forget(path: string): Promise<void> {
    const entry = this.#entries.get(path);
    this.#entries.delete(path);
    if (entry?.readers === 0) await close(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((path) => this.forget(path)));
  }

  async #release(path: string, entry: Entry): Promise<void> {
    if (entry.readers > 0) return;
    if (this.#entries.get(path) !== entry) return close(entry);
    const opened = await entry.file.catch(() => null);
    if (opened === null) this.#entries.delete(path);
    const idle = [...this.#entries].filter(([, { readers }]) => readers === 0);
    if (idle[0] && idle.length > this.#idleMax) await this.forget(idle[0][0]);
  }
}

const close = async (entry: Entry): Promise<void> => {
  const opened = await entry.file.catch(() => null);
  await opened?.close();
};
