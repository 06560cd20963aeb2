import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isAborted } from '../../api/api-error.js';
import type { RunListItem } from '../../api/runs.js';
import { getScriptSummary, listScriptSummaries, type ScriptSummaryItem } from '../../api/scripts.js';

/** Outlives the screen, so that coming back to it shows the list at once. */
let kept: readonly ScriptSummaryItem[] | null = null;

/** The scripts that the list shows, as they are known now. */
export class ScriptList implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #asking = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();
  #error: unknown = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** null until they have come for the first time */
  get items(): readonly ScriptSummaryItem[] | null {
    return kept;
  }

  /** Shows what another page kept, until they are read anew. */
  begin(items: readonly ScriptSummaryItem[]): void {
    kept ??= items;
  }

  /** Why the last attempt to read them failed; null when it did not. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Reads the list anew, after a reading that is under way: what that one brings is not sent again. What was known stays when it fails.
   * @throws ApiError, also kept in `error`
   */
  async read(signal: AbortSignal): Promise<void> {
    const reading = this.#reading.then(() => listScriptSummaries({ signal }));
    this.#reading = reading.catch(() => undefined);
    try {
      kept = await reading;
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
    if (run.status === 'succeeded') void this.#readOne(run.scriptId); // how long it usually takes
  }

  async #readOne(id: string): Promise<void> {
    const { signal } = this.#asking;
    await getScriptSummary(id, { signal }).then(
      (script) => this.change(id, script),
      () => undefined,
    );
  }

  hostDisconnected(): void {
    this.#asking.abort();
  }
}
