import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isSealed, type PlainEnvEntry } from '../../domain/script/env-entry.js';
import type { ScriptRevisionRepository } from '../ports/script-revision-repository.js';
import type { GetRun } from './get-run.js';
import type { RunScript } from './run-script.js';

/** What a page needs to run a browser script: the revision that the run was accepted with, not what is saved by then. */
export interface PageJob {
  readonly runId: string;
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
  getRun: GetRun;
  revisions: ScriptRevisionRepository;
}

export const makeStartBrowserRun =
  ({ acceptRun, getRun, revisions }: Needs): StartBrowserRun =>
  async ({ scriptId, origin }) => {
    const { runId } = await acceptRun({ scriptId, trigger: 'manual', origin });
    const { meta } = await getRun(runId);
    const accepted = await revisions.find(scriptId, meta.script.revision);
    if (!accepted) throw new DomainError('script.not-found', 'the script was deleted as its run was started');
    const { script } = accepted.script;
    const env = accepted.script.env.filter((entry): entry is PlainEnvEntry => !isSealed(entry));
    return { runId, script, env, timeoutMs: meta.timeoutMs };
  };
