import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { endianness } from 'node:os';
import { dirname } from 'node:path';
import { HeldFiles, indexOf, readBytes, walOf } from './held-files.js';

/** What a look at the files of an open database shows. */
export type Sighting =
  | { readonly is: 'in-place' }
  /** Its time was changed, and nothing else that can be seen. */
  | { readonly is: 'touched' }
  /** The WAL or its index is gone, the database is in place. */
  | { readonly is: 'without-wal' }
  /** It, or its folder, may not be used. */
  | { readonly is: 'unreachable'; readonly why: string }
  /** @property to where it is now, where that can be told */
  | { readonly is: 'moved'; readonly to: string | null }
  | { readonly is: 'deleted' }
  /** Another file has its name. @property deleted it has no name any more */
  | { readonly is: 'replaced'; readonly deleted: boolean }
  /** Another program has written over what SQLite has open. */
  | { readonly is: 'overwritten' };

/** What nobody but SQLite changes: the database proper while it takes the WAL into it, and only then. */
interface Content {
  readonly modified: bigint;
  readonly size: bigint;
  readonly header: string;
  /** Stays the same until more of the WAL is taken into the database. */
  readonly taken: string;
}

/** A database up to this is copied or checked while nothing else is done, which takes some 100 ms. */
export const QUICK_BYTES = 64 * 1024 * 1024;

interface Span {
  readonly at: number;
  readonly length: number;
}

const HEADER: Span = { at: 0, length: 100 };
const MAGIC = Buffer.from('SQLite format 3\0').toString('hex');
/** In the WAL index, as https://sqlite.org/walformat.html has it. Numbers are in the machine's byte order. */
const PAGE_BYTES: Span = { at: 14, length: 2 };
const FRAMES: Span = { at: 16, length: 4 };
const SALT: Span = { at: 32, length: 8 };
const BACKFILL: Span = { at: 96, length: 4 };
const BACKFILL_ATTEMPTED: Span = { at: 128, length: 4 };
/** In the WAL. */
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const WAL_SALT: Span = { at: 16, length: 8 };

/** Compares the files that SQLite has open with what has their names now. A look takes a few system calls and no lock. */
export class DatabaseFiles {
  readonly #file: string;
  readonly #held: HeldFiles;
  readonly #opened: BigIntStats;
  #wal: bigint | undefined;
  #seen: Content;

  /** @param file of a database that was just opened in WAL mode */
  constructor(file: string) {
    this.#file = file;
    this.#held = HeldFiles.of(file);
    this.#opened = fstatSync(this.#held.main, { bigint: true });
    this.#wal = statOf(walOf(file))?.ino;
    this.#seen = this.#content(this.#opened);
  }

  look(): Sighting {
    let named: BigIntStats;
    try {
      named = statSync(this.#file, { bigint: true });
    } catch (error) {
      return isAbsent(error) ? this.#whereItIs() : unreachable(error);
    }
    if (named.ino !== this.#opened.ino || named.dev !== this.#opened.dev) {
      return { is: 'replaced', deleted: this.#isDeleted() };
    }
    try {
      accessSync(this.#file, constants.R_OK | constants.W_OK);
      accessSync(dirname(this.#file), constants.W_OK | constants.X_OK);
    } catch (error) {
      return unreachable(error);
    }
    return this.#compare(named);
  }

  /** In bytes, the WAL counted. */
  get size(): number {
    return fstatSync(this.#held.main).size + Number(statOf(walOf(this.#file))?.size ?? 0n);
  }

  /** From now on the database counts as it is. */
  accept(): void {
    this.#seen = this.#content(fstatSync(this.#held.main, { bigint: true }));
  }

  /** After SQLite has closed the WAL and its index, and opened others. */
  acceptNewWal(): void {
    this.#held.renewIndex(this.#file);
    this.#wal = statOf(walOf(this.#file))?.ino;
    this.accept();
  }

  /** Which of the names beside the database are still those of the files that SQLite has open. */
  ownCompanions(): string[] {
    const index = fstatSync(this.#held.index, { bigint: true }).ino;
    return [
      ...(statOf(walOf(this.#file))?.ino === this.#wal ? [walOf(this.#file)] : []),
      ...(statOf(indexOf(this.#file))?.ino === index ? [indexOf(this.#file)] : []),
    ];
  }

  close(): void {
    this.#held.park();
  }

  #compare(named: BigIntStats): Sighting {
    const seen = this.#seen;
    const now = this.#content(named);
    const isTaken = now.taken !== seen.taken;
    const isSame = now.size === seen.size && now.header === seen.header;
    if (!now.header.startsWith(MAGIC) || (!isTaken && !isSame)) return { is: 'overwritten' };
    const wal = statOf(walOf(this.#file));
    const isOurWal = wal !== undefined && wal.ino === this.#wal;
    if (isOurWal ? !this.#isWhole(wal) : (wal?.size ?? 0n) > 0n) return { is: 'overwritten' };
    if (!isOurWal || this.ownCompanions().length < 2) return { is: 'without-wal' };
    if (!isTaken && now.modified !== seen.modified) return { is: 'touched' };
    this.#seen = now;
    return { is: 'in-place' };
  }

  #content({ mtimeNs, size }: BigIntStats): Content {
    const { main, index } = this.#held;
    const taken = [SALT, BACKFILL, BACKFILL_ATTEMPTED].map((span) => hex(index, span)).join(' ');
    return { modified: mtimeNs, size, header: hex(main, HEADER), taken };
  }

  /** Whether the WAL has as much as its index says. */
  #isWhole({ size }: BigIntStats): boolean {
    const { index } = this.#held;
    const frames = number(index, FRAMES);
    if (frames === 0) return true;
    if (size < WAL_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + number(index, PAGE_BYTES))) return false;
    const wal = openSync(walOf(this.#file), 'r'); // SQLite locks the other two files only
    try {
      return hex(wal, WAL_SALT) === hex(index, SALT);
    } finally {
      closeSync(wal);
    }
  }

  #whereItIs(): Sighting {
    if (this.#isDeleted()) return { is: 'deleted' };
    const to = linkOf(`/proc/self/fd/${this.#held.main}`);
    return { is: 'moved', to: to !== null && to !== this.#file ? to : null };
  }

  #isDeleted(): boolean {
    return fstatSync(this.#held.main).nlink === 0;
  }
}

const hex = (fd: number, { at, length }: Span): string => readBytes(fd, at, length).toString('hex');

const number = (fd: number, { at, length }: Span): number => {
  const bytes = readBytes(fd, at, length);
  return endianness() === 'LE' ? bytes.readUIntLE(0, length) : bytes.readUIntBE(0, length);
};

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const unreachable = (error: unknown): Sighting => ({ is: 'unreachable', why: (error as Error).message });

const statOf = (file: string): BigIntStats | undefined => statSync(file, { bigint: true, throwIfNoEntry: false });

/** Where a file system tells it; null elsewhere. */
const linkOf = (path: string): string | null => {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
};
