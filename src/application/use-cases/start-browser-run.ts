import type { Origin } from '../../domain/actor.js';
import { isSealed, type PlainEnvEntry } from '../../domain/script/env-entry.js';
import { runnableText } from '../../domain/script/runnable-text.js';
import type { RunScript } from './run-script.js';

/** What a page needs to run a browser script: the revision that the run was accepted with, not what is saved by then. */
export interface PageJob {
  readonly runId: string;
  /** As the page gives it to the browser. */
  readonly script: string;
  readonly env: readonly PlainEnvEntry[];
  /** ms */
  readonly timeoutMs: number;
}

/**
 * Accepts a run of a browser script, which the page that asked executes and reports on.
 * @throws DomainError `script.not-found`, `script.disabled`, `script.not-browser`, `script.invalid`, `server.stopping`
 */
export type StartBrowserRun = (command: { scriptId: string; origin: Origin }) => Promise<PageJob>;

interface Needs {
  /** Accepts browser scripts, and expects a page to report on them. */
  acceptRun: RunScript;
}

export const makeStartBrowserRun =
  ({ acceptRun }: Needs): StartBrowserRun =>
  async ({ scriptId, origin }) => {
    const accepted = await acceptRun({ scriptId, trigger: 'manual', origin });
    if (accepted.replayed) throw new Error('a page starts no run under a key');
    // Nothing that may fail comes after the acceptance: the run would wait for a page that does not have it.
    const { runId, run, script } = accepted;
    const env = script.env.filter((entry): entry is PlainEnvEntry => !isSealed(entry));
    return { runId, script: runnableText(script.script), env, timeoutMs: run.meta.timeoutMs };
  };
