import type { ScriptRun } from '../domain/run/script-run.js';
import type { EndQueuedRun } from './end-queued-run.js';
import type { Clock } from './ports/clock.js';
import type { RunRepository } from './ports/run-repository.js';
import { untilStoreAnswers } from './until-store-answers.js';

/** A command whose answer was lost may reach the store after it answers others again. */
const LATE_MS = 5000;

/**
 * After a start that the store did not answer, and the caller was told so: should the run be stored all the same, now or soon, it is ended
 * before it starts. Otherwise the next start of the server would execute what nobody expects any more.
 */
export const withdrawStart = async (
  {
    runs,
    endQueuedRun,
    clock,
    abandon,
  }: { runs: RunRepository; endQueuedRun: EndQueuedRun; clock: Clock; abandon: AbortSignal },
  { id }: Pick<ScriptRun, 'id'>,
): Promise<void> => {
  for (let looks = 0; looks < 2; looks++) {
    if (looks > 0) await clock.after(LATE_MS, abandon);
    const withdrawn = await untilStoreAnswers(clock, abandon, async () => {
      const found = await runs.find(id);
      if (found && !('broken' in found))
        await endQueuedRun(found, 'canceled', 'the store did not answer when it was accepted');
      return found !== null;
    });
    if (withdrawn) return;
  }
};
