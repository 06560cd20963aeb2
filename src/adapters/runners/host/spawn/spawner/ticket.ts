import { renameSync, unlinkSync } from 'node:fs';

/** The name of a file that decides about a start: whoever removes it, server or spawner, and nobody else, may begin the start or take it back. */
export class Ticket {
  #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  /** @returns whether the start was taken back */
  take(): boolean {
    return succeeds(() => unlinkSync(this.#path));
  }

  /** Takes the start back from whoever knows the name, for another. @returns whether it was */
  move(): boolean {
    const next = `${this.#path}-again`;
    const isMoved = succeeds(() => renameSync(this.#path, next));
    if (isMoved) this.#path = next;
    return isMoved;
  }
}

const succeeds = (act: () => void): boolean => {
  try {
    act();
    return true;
  } catch {
    return false;
  }
};
