import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { listScriptSummaries } from '../api/scripts.js';

/** The names of all scripts by id, in their order, to choose from. */
export class ScriptNames implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #names: Readonly<Record<string, string>> = {};

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** @param id a script that may be gone, and then stands there by its id; empty for none */
  including(id: string): Readonly<Record<string, string>> {
    return id === '' || Object.hasOwn(this.#names, id) ? this.#names : { ...this.#names, [id]: id };
  }

  hostConnected(): void {
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      const all = await listScriptSummaries();
      const named = all.map(({ id, name }) => [id, name ?? id] as const);
      this.#names = Object.fromEntries(named.toSorted(([, a], [, b]) => a.localeCompare(b)));
      this.#host.requestUpdate();
    } catch {
      // There is nothing to choose from then; the list that is filtered says what is wrong.
    }
  }
}
