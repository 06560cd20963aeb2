import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isAborted } from '../../api/api-error.js';
import type { RunListItem } from '../../api/runs.js';
import { listScriptSummaries, type ScriptSummaryItem } from '../../api/scripts.js';

/** Outlives the screen, so that coming back to it shows the list at once. */
let kept: readonly ScriptSummaryItem[] | null = null;

/** The scripts that the list shows, as they are known now. */
export class ScriptList implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #asking = new AbortController();
  #error: unknown = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** null until they have come for the first time */
  get items(): readonly ScriptSummaryItem[] | null {
    return kept;
  }

  /** Why the last attempt to read them failed; null when it did not. */
  get error(): unknown {
    return this.#error;
  }

  /** Reads the list anew. A failure is kept in `error`; what was known stays. */
  async refresh(): Promise<void> {
    this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    try {
      kept = await listScriptSummaries({ signal: asking.signal });
      this.#error = null;
    } catch (error) {
      if (isAborted(error)) return;
      this.#error = error;
    }
    this.#host.requestUpdate();
  }

  /** Shows a change before, or without, asking the server. */
  change(id: string, changes: Partial<ScriptSummaryItem>): void {
    kept =
      kept?.map((script) => (script.id === id ? ({ ...script, ...changes } as ScriptSummaryItem) : script)) ?? null;
    this.#host.requestUpdate();
  }

  remove(id: string): void {
    kept = kept?.filter((script) => script.id !== id) ?? null;
    this.#host.requestUpdate();
  }

  /** Takes a run whose status has changed for the last one of its script, unless a later one is known. */
  noteRun(run: RunListItem): void {
    const known = kept?.find(({ id }) => id === run.scriptId)?.lastRun;
    if (!known || known.id === run.id || known.createdAt <= run.createdAt) this.change(run.scriptId, { lastRun: run });
  }

  hostDisconnected(): void {
    this.#asking.abort();
  }
}
