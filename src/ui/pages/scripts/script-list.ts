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

  /** Reads the list anew. What was known stays when that fails. @throws ApiError, also kept in `error` */
  async read(signal: AbortSignal): Promise<void> {
    try {
      kept = await listScriptSummaries({ signal });
      this.#error = null;
    } catch (error) {
      if (!isAborted(error)) this.#error = error;
      throw error;
    } finally {
      this.#host.requestUpdate();
    }
  }

  /** Reads the list anew, in place of a reading that this has begun before. A failure is in `error`. */
  async refresh(): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    await this.read(this.#asking.signal).catch(() => undefined);
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
    if (known && known.id !== run.id && known.createdAt > run.createdAt) return;
    this.change(run.scriptId, { lastRun: run });
    if (run.status === 'succeeded') void this.refresh(); // how long it usually takes
  }

  hostDisconnected(): void {
    this.#asking.abort();
  }
}
