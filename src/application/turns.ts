import type { RunPlace, WaitingRun } from './ports/run-queue.js';

/** Who is next: scripts take turns in the order in which they came, and within a script the run that came first. */
export class Turns {
  /** By script, that of the next turn first, then by run. Maps keep the order of insertion; no inner one is empty. */
  readonly #scripts = new Map<string, Map<string, WaitingRun>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(run: WaitingRun): void {
    const { id, scriptId } = run;
    const runs = this.#scripts.get(scriptId) ?? new Map<string, WaitingRun>();
    if (runs.has(id)) return;
    this.#scripts.set(scriptId, runs.set(id, run));
    this.#size++;
  }

  remove({ id, scriptId }: RunPlace): boolean {
    const runs = this.#scripts.get(scriptId);
    if (!runs?.delete(id)) return false;
    if (runs.size === 0) this.#scripts.delete(scriptId);
    this.#size--;
    return true;
  }

  /** Takes out the run whose turn it is; its script waits for the others' turns. */
  take(): WaitingRun | null {
    for (const [scriptId, runs] of this.#scripts) {
      const [run] = runs.values();
      if (!run) continue;
      this.remove(run);
      this.#scripts.delete(scriptId);
      if (runs.size > 0) this.#scripts.set(scriptId, runs);
      return run;
    }
    return null;
  }

  positionOf({ id, scriptId }: RunPlace): number | null {
    const turn = [...(this.#scripts.get(scriptId)?.keys() ?? [])].indexOf(id); // of its script, from 0
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
