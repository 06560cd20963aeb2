import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/**
 * Descriptors of an open database and of its WAL index, to look at what SQLite has open, whatever their names lead to.
 *
 * To close a descriptor of such a file drops the locks that SQLite holds on it, for the whole process. Therefore they are
 * closed only once SQLite has closed the files itself, which deletes the index, and that may be long after the connection
 * was closed: when the next database is opened, unless it is the same one, which then goes on with them.
 */
export class HeldFiles {
  readonly main: number;
  #index: number;

  private constructor(file: string) {
    this.main = openSync(file, 'r');
    this.#index = openSync(indexOf(file), 'r');
  }

  /** @param file of a database that is open in WAL mode */
  static of(file: string): HeldFiles {
    for (const held of [...parked]) {
      parked.delete(held);
      if (isSame(held.main, file) && isSame(held.index, indexOf(file))) return held;
      if (fstatSync(held.index).nlink === 0) held.#close();
      else parked.add(held);
    }
    return new HeldFiles(file);
  }

  get index(): number {
    return this.#index;
  }

  /** After SQLite has closed the index and made another. */
  renewIndex(file: string): void {
    const index = openSync(indexOf(file), 'r');
    closeSync(this.#index);
    this.#index = index;
  }

  /** They are not looked at any more. */
  park(): void {
    parked.add(this);
  }

  #close(): void {
    closeSync(this.main);
    closeSync(this.#index);
  }
}

export const walOf = (file: string): string => `${file}-wal`;
export const indexOf = (file: string): string => `${file}-shm`;

export const readBytes = (fd: number, position: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
};

const isSame = (fd: number, file: string): boolean => {
  const [held, named] = [fstatSync(fd), statSync(file, { throwIfNoEntry: false })];
  return held.ino === named?.ino && held.dev === named.dev;
};

const parked = new Set<HeldFiles>();
