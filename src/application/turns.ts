import type { WaitingRun } from './ports/run-queue.js';

/** Who is next: scripts take turns in the order in which they came, and within a script the run that came first. */
export class Turns {
  /** By script, that of the next turn first. Maps and Sets keep the order of insertion; no Set is empty. */
  readonly #scripts = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ id, scriptId }: WaitingRun): void {
    const runs = this.#scripts.get(scriptId) ?? new Set();
    if (runs.has(id)) return;
    this.#scripts.set(scriptId, runs.add(id));
    this.#size++;
  }

  remove({ id, scriptId }: WaitingRun): boolean {
    const runs = this.#scripts.get(scriptId);
    if (!runs?.delete(id)) return false;
    if (runs.size === 0) this.#scripts.delete(scriptId);
    this.#size--;
    return true;
  }

  /** Takes out the run whose turn it is; its script waits for the others' turns. */
  take(): string | null {
    for (const [scriptId, runs] of this.#scripts) {
      const [id] = runs;
      if (id === undefined) continue;
      this.remove({ id, scriptId });
      this.#scripts.delete(scriptId);
      if (runs.size > 0) this.#scripts.set(scriptId, runs);
      return id;
    }
    return null;
  }

  positionOf({ id, scriptId }: WaitingRun): number | null {
    const turn = [...(this.#scripts.get(scriptId) ?? [])].indexOf(id); // of its script, from 0
    if (turn === -1) return null;
    let before = turn;
    let theirsIsFirst = true;
    for (const [other, runs] of this.#scripts) {
      if (other === scriptId) theirsIsFirst = false;
      else before += Math.min(runs.size, theirsIsFirst ? turn + 1 : turn);
    }
    return before + 1;
  }
}
