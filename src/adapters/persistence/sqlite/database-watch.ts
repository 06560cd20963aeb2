import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreExamination, StoreFinding } from '../../../application/ports/store.js';
import { DatabaseFiles, QUICK_BYTES } from './database-files.js';
import { walOf } from './held-files.js';
import { copyOf } from './known-database.js';
import { type Copy, damageOf, findingOf, type Lost, needsCopy } from './lost-database.js';
import type { SqliteConnection } from './sqlite-connection.js';

/**
 * Looks after the files of an open database. It says when they are not what SQLite has open any more, saves at that
 * moment what can be saved, makes a WAL that was deleted again, and keeps what is Runlet's out of files that others have
 * put in the place of its own.
 */
export class DatabaseWatch {
  readonly #file: string;
  readonly #connection: SqliteConnection;
  readonly #files: DatabaseFiles;
  #lost: Lost | null = null;
  #copy: Copy['state'] = 'at-the-end';

  /** @param connection to `file`, just opened */
  constructor(file: string, connection: SqliteConnection) {
    this.#file = file;
    this.#connection = connection;
    this.#files = new DatabaseFiles(file);
  }

  /** @param damage what a statement has met, in SQLite's words */
  examine(damage: string | null): StoreExamination {
    if (this.#lost?.is === 'overwritten') return this.#loss(this.#lost); // that does not come right again
    const seen = this.#files.look();
    switch (seen.is) {
      case 'in-place':
        this.#lost = null;
        return damage === null ? FINE : problem(this.damageOf(damage));
      case 'touched':
        return this.#isSound() ? FINE : this.#loss({ is: 'overwritten' });
      case 'without-wal':
        return this.#renewWal();
      case 'unreachable':
        return problem({
          code: 'store.missing',
          message: `${this.#file} cannot be used any more: ${seen.why}. Give Runlet its rights back, and it goes on by itself`,
        });
      default:
        return this.#loss(seen);
    }
  }

  /** What is wrong and what to do. @param damage what a statement has met, in SQLite's words */
  damageOf(damage: string): StoreFinding {
    return damageOf(this.#file, damage, this.#copied);
  }

  /** Saves what is lost otherwise. @returns whether the connection may be closed, which writes to what has the names now */
  close(): boolean {
    this.examine(null);
    if (this.#lost && needsCopy(this.#lost)) this.#save();
    this.#files.close();
    return this.#lost === null || this.#lost.is === 'moved';
  }

  get #copied(): Copy {
    return { file: copyOf(this.#file), state: this.#copy };
  }

  #loss(lost: Lost): StoreExamination {
    if (this.#lost?.is !== lost.is) this.#separate(lost);
    this.#lost = lost;
    if (needsCopy(lost) && this.#copy !== 'made' && this.#files.size <= QUICK_BYTES) this.#save();
    return problem(findingOf(this.#file, lost, this.#copied));
  }

  /** What is in the WAL goes into the database, wherever that is by now, and not into a file of others. */
  #separate({ is }: Lost): void {
    attempt(() => (is === 'overwritten' ? this.#connection.keepWal() : this.#connection.checkpoint()));
    if (is === 'moved') return; // it may be put back
    for (const name of this.#files.ownCompanions()) {
      if (is === 'overwritten' && name === walOf(this.#file)) attempt(() => renameSync(name, `${name}.saved`));
      else attempt(() => rmSync(name));
    }
  }

  /** A copy of all that the connection sees. The last one, at the end, has what was written since. */
  #save(): void {
    const { file } = this.#copied;
    const unfinished = `${file}.tmp`;
    const done = attempt(() => {
      closeSync(openSync(unfinished, 'w', 0o600));
      this.#connection.copyTo(unfinished);
      renameSync(unfinished, file);
    });
    if (done) this.#copy = 'made';
    else {
      this.#copy = existsSync(dirname(file)) ? 'failed' : 'no-folder';
      attempt(() => rmSync(unfinished, { force: true }));
    }
  }

  #renewWal(): StoreExamination {
    try {
      this.#connection.renewWal();
      this.#files.acceptNewWal();
      this.#lost = null;
      return { problems: [], mended: [`the WAL of ${this.#file} was missing; it was made again, and nothing is lost`] };
    } catch (error) {
      return problem({
        code: 'store.missing',
        message:
          `the WAL of ${this.#file} is missing and cannot be made again: ${(error as Error).message}. ` +
          'End what else uses the database, or stop Runlet and start it again',
      });
    }
  }

  /** Of a file whose time was changed. A large one is believed to be. */
  #isSound(): boolean {
    if (this.#files.size <= QUICK_BYTES && !attempt(() => this.#requireSound())) return false;
    this.#files.accept();
    return true;
  }

  #requireSound(): void {
    const damage = this.#connection.check();
    if (damage !== null) throw new Error(damage);
  }
}

const FINE: StoreExamination = { problems: [], mended: [] };

const problem = (finding: StoreFinding): StoreExamination => ({ problems: [finding], mended: [] });

/** Whether it worked. */
const attempt = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};
