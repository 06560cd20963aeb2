import type { ClaimedRun } from './claim-run.js';
import type { OutputRecorder } from './output-recorder.js';
import type { Clock } from './ports/clock.js';
import type { Log } from './ports/log.js';
import type { RunRepository } from './ports/run-repository.js';
import { patient } from './retry-while-unavailable.js';
import type { RunEnding } from './run-endings.js';

/** How often a running run's progress is stored, and a cancel written by another server is looked for. */
const PROGRESS_MS = 1000;

interface Needs {
  runs: RunRepository;
  clock: Clock;
  log: Log;
  abandon: AbortSignal;
}

/** Stores how far the run is, and learns of a cancel that another server wrote, until `over`. Ends the run when its claim is lost. */
export const keepProgress = async (
  { runs, clock, log, abandon }: Needs,
  { run, token }: ClaimedRun,
  recorder: OutputRecorder,
  ending: RunEnding,
  over: AbortSignal,
): Promise<void> => {
  const waiting = patient(runs, { clock, signal: abandon });
  let isRefused = false;
  for (;;) {
    try {
      await clock.after(PROGRESS_MS, over);
    } catch {
      return; // the run is over
    }
    try {
      const now = await waiting.recordProgress(run.id, token, recorder.progress(), clock.now());
      if (over.aborted) return;
      if (!now) {
        log.warn(
          { runId: run.id },
          'another server, which had not heard of this one, has ended a run; its script is ended',
        );
        ending.killNow('shutdown');
        return;
      }
      if (now.meta.cancel && ending.cause === null) ending.begin('canceled');
    } catch (error) {
      if (!isRefused) log.warn({ err: error, runId: run.id }, "a run's progress could not be stored; the run goes on");
      isRefused = true;
    }
  }
};
