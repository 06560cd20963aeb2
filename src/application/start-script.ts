import type { RunOutcome } from '../domain/run/run-outcome.js';
import type { ProcessIdentity } from '../domain/run/script-run.js';
import { runnableText } from '../domain/script/runnable-text.js';
import type { Script } from '../domain/script/script.js';
import type { ClaimedRun } from './claim-run.js';
import { guardedRunner } from './guarded-runner.js';
import { failedOutcome, messageOf } from './internal-end.js';
import { maskedRunner } from './masked-runner.js';
import type { OutputRecorder } from './output-recorder.js';
import type { Clock } from './ports/clock.js';
import type { Log } from './ports/log.js';
import type { ProcessSweeper } from './ports/process-sweeper.js';
import type { RunRepository } from './ports/run-repository.js';
import type { RunWatch, ScriptRunner } from './ports/script-runner.js';
import { patient } from './retry-while-unavailable.js';
import type { RunEnding } from './run-endings.js';
import { makeRunMasking, type RunMasking } from './run-masking.js';
import type { OpenedEnvironment } from './sealed-environment.js';

interface Needs {
  runs: RunRepository;
  runnerFor: (script: Pick<Script, 'type' | 'runner'>) => ScriptRunner;
  sweeper: ProcessSweeper;
  clock: Clock;
  log: Log;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
}

/** Starts the script of a claimed run in this turn. Resolves when nothing of it is left to wait for; never rejects. */
export const startScript = async (
  needs: Needs,
  claimed: ClaimedRun,
  { env, secrets }: OpenedEnvironment,
  recorder: OutputRecorder,
  ending: RunEnding,
): Promise<RunOutcome> => {
  const { run, token, script } = claimed;
  const masking = secrets.length > 0 ? makeRunMasking(secrets) : null;
  const failures: unknown[] = [];
  const seen: { process: ProcessIdentity | null } = { process: null };
  let noted = Promise.resolve(); // one after the other: the last one counts
  const watch: RunWatch = {
    started: (process) => {
      seen.process = process;
      noted = noted.then(() => noteProcess(needs, claimed, process));
    },
    output: (...piece) => recorder.output(...piece),
    dropped: (bytes) => recorder.dropped(bytes),
    phase: (phase) => recorder.phase(phase),
    note: (message) => recorder.note(message),
    terminate: ending.terminate,
    kill: ending.kill,
  };
  const text = runnableText(script.script);
  const job = { runId: run.id, token, script: text, env, workingDirectory: script.defaultWorkingDirectory };
  try {
    const guarded = guardedRunner(needs.runnerFor(script), (error) => {
      failures.push(error);
      ending.abort();
    });
    const outcome = await (masking ? maskedRunner(guarded, masking) : guarded).run(job, watch);
    if (failures.length === 0) return outcome;
  } catch (error) {
    failures.push(error);
  }
  return cleanUp(needs, claimed, failures[0], seen.process, masking);
};

/** After a failure of ours the runner may have left the script running. */
const cleanUp = async (
  { sweeper, log }: Needs,
  { run, token }: ClaimedRun,
  error: unknown,
  process: ProcessIdentity | null,
  masking: RunMasking | null,
): Promise<RunOutcome> => {
  const shown = masking ? masking.error(error) : error;
  log.error({ err: shown, runId: run.id }, 'Runlet failed while a script ran');
  const swept = await sweeper.sweep(process, token).catch((cause: unknown) => {
    log.error({ err: cause, runId: run.id }, 'what a script left running could not be looked for');
    return null;
  });
  const outcome: RunOutcome = {
    ...failedOutcome(`Runlet failed while the script ran: ${messageOf(shown)}`),
    leftovers: swept?.leftovers ?? [],
    ...(swept?.signalled && { signalled: swept.signalled }),
  };
  return masking ? masking.outcome(outcome) : outcome;
};

/** Tries until it is stored: after a crash a process that nobody noted would live on. */
const noteProcess = async (
  { runs, clock, abandon, log }: Needs,
  { run, token }: ClaimedRun,
  process: ProcessIdentity,
): Promise<void> => {
  try {
    await patient(runs, { clock, signal: abandon }).recordProcess(run.id, token, process);
  } catch (error) {
    const message = 'which process runs a run could not be stored; after a crash it would not be ended';
    log.warn({ err: error, runId: run.id }, message);
  }
};
