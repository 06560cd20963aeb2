import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { within } from '../../../process/waiting.js';
import type { DirectStart } from '../starter.js';

/** A folder that has answered so lately is taken to answer again. */
const TRUSTED_MS = 1000;
/** The longest wait for one. */
const ANSWER_MS = 100;
const MOST_FOLDERS = 1000;

/** Decides which starts do without the shell of `startCommand`, whose work spawn() then does: nothing of it may keep this process waiting. */
export class DirectStarts {
  #hasLimits: boolean;
  readonly #answeredAt = new Map<string, number>();
  readonly #asked = new Map<string, Promise<void>>();

  /** @param openFiles the soft limit of open files that this process gets, and hands on; undefined: as it is */
  constructor(openFiles: number | undefined) {
    this.#hasLimits = openFiles === undefined;
    if (openFiles === undefined) return;
    // util-linux; Node cannot set limits.
    execFile(
      'prlimit',
      [`--pid=${process.pid}`, `--nofile=${openFiles}:`],
      (error) => (this.#hasLimits = error === null),
    );
  }

  async suits({ directory, unless }: DirectStart): Promise<boolean> {
    if (!this.#hasLimits) return false;
    for (const folder of new Set([directory, ...unless.map(dirname)])) if (!(await this.#answers(folder))) return false;
    return !unless.some((file) => existsSync(file));
  }

  async #answers(folder: string): Promise<boolean> {
    if (this.#hasAnswered(folder)) return true;
    const asked = this.#asked.get(folder) ?? this.#ask(folder);
    this.#asked.set(folder, asked);
    await within(ANSWER_MS, asked);
    return this.#hasAnswered(folder);
  }

  #hasAnswered(folder: string): boolean {
    return performance.now() - (this.#answeredAt.get(folder) ?? -Infinity) < TRUSTED_MS;
  }

  async #ask(folder: string): Promise<void> {
    try {
      await stat(folder);
      if (this.#answeredAt.size >= MOST_FOLDERS) this.#answeredAt.clear();
      this.#answeredAt.set(folder, performance.now());
    } catch {
      // the shell tells why
    } finally {
      this.#asked.delete(folder);
    }
  }
}
