import type { ScriptRun } from '../domain/run/script-run.js';
import type { Script } from '../domain/script/script.js';
import type { EndQueuedRun } from './end-queued-run.js';
import type { Clock } from './ports/clock.js';
import type { WaitingRun } from './ports/run-queue.js';
import type { RunRepository } from './ports/run-repository.js';
import type { ScriptRepository } from './ports/script-repository.js';
import type { ScriptRevisionRepository } from './ports/script-revision-repository.js';

/** A run that nobody else executes, with the script as it was when the run was accepted. */
export interface ClaimedRun {
  readonly run: ScriptRun;
  /** Of the claim. */
  readonly token: string;
  readonly script: Script;
}

interface Needs {
  scripts: ScriptRepository;
  revisions: ScriptRevisionRepository;
  runs: RunRepository;
  endQueuedRun: EndQueuedRun;
  clock: Clock;
}

/**
 * Takes a run that waits. Null when it is not to be executed (any more). With the same token it may be called again: a claim whose answer
 * was lost on the way is found to have been made.
 */
export const claimRun = async (
  { scripts, revisions, runs, endQueuedRun, clock }: Needs,
  { id, scriptId, meta }: WaitingRun,
  token: string,
): Promise<ClaimedRun | null> => {
  const now = clock.now(); // before the store is asked, so that runs handed out one after the other have started in that order
  const revision = await revisions.find(scriptId, meta.script.revision);
  const mayRun = revision !== null && (await scripts.isEnabled(scriptId));
  const claimed = mayRun ? await runs.claim(id, token, now) : null;
  if (mayRun && claimed) return { run: claimed, token, script: revision.script };
  const found = await runs.find(id);
  if (!found || 'broken' in found) return null;
  if (revision && found.status === 'running' && found.claim.token === token) {
    return { run: found, token, script: revision.script };
  }
  if (!mayRun && found.status === 'queued') await endQueuedRun(found, 'script-disabled');
  return null;
};
