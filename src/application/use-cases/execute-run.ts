import { isDomainError } from '../../domain/errors.js';
import { queuedEvent } from '../../domain/run/run-event.js';
import { judgeWithLog, type RunOutcome, type Verdict } from '../../domain/run/run-outcome.js';
import type { RunEnd, RunProgress } from '../../domain/run/script-run.js';
import type { Script } from '../../domain/script/script.js';
import { type ClaimedRun, claimRun } from '../claim-run.js';
import type { EndQueuedRun } from '../end-queued-run.js';
import { failedOutcome, messageOf } from '../internal-end.js';
import { keepProgress } from '../keep-progress.js';
import { OutputRecorder } from '../output-recorder.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Ids } from '../ports/ids.js';
import type { Log } from '../ports/log.js';
import type { ProcessSweeper } from '../ports/process-sweeper.js';
import type { RunLog } from '../ports/run-log.js';
import type { WaitingRun } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { ScriptRevisionRepository } from '../ports/script-revision-repository.js';
import type { ScriptRunner } from '../ports/script-runner.js';
import type { SecretBox } from '../ports/secret-box.js';
import { patientLog, retryWhileUnavailable } from '../retry-while-unavailable.js';
import type { RunEnding, RunEndings } from '../run-endings.js';
import type { RunEnds } from '../run-ends.js';
import { type OpenedEnvironment, openSecrets } from '../sealed-environment.js';
import { startScript } from '../start-script.js';

/**
 * Executes one queued run to its end. Never rejects: whatever fails, the run has an end that says so, unless the server stops while the store
 * is away; then the next start ends it.
 */
export type ExecuteRun = (waiting: WaitingRun) => Promise<void>;

interface Needs {
  scripts: ScriptRepository;
  revisions: ScriptRevisionRepository;
  runs: RunRepository;
  runLog: RunLog;
  bus: EventBus;
  endings: RunEndings;
  ends: RunEnds;
  endQueuedRun: EndQueuedRun;
  runnerFor: (script: Pick<Script, 'type' | 'runner'>) => ScriptRunner;
  sweeper: ProcessSweeper;
  secretBox: SecretBox;
  ids: Ids;
  clock: Clock;
  log: Log;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
  tailBytes: number;
  maxLogBytes: number;
}

export const makeExecuteRun = (needs: Needs): ExecuteRun => {
  const { ids, clock, ends, log, abandon } = needs;
  return async (waiting) => {
    const token = ids.token();
    try {
      // As a whole, so that a run that waited for the store has started when the claim was made.
      const claimed = await retryWhileUnavailable({ clock, signal: abandon }, () => claimRun(needs, waiting, token));
      if (claimed) await execute(needs, claimed);
    } catch (error) {
      if (!abandon.aborted) await ends.recordFailure({ id: waiting.id, token }, error);
      else log.error({ err: error, runId: waiting.id }, 'a run was left; the next start of the server ends it');
    }
  };
};

const execute = async (needs: Needs, claimed: ClaimedRun): Promise<void> => {
  const { bus, clock, endings, ends } = needs;
  const { run, token } = claimed;
  const ending = endings.start(run.id);
  const over = new AbortController();
  try {
    const begun = clock.monotonic();
    const environment = await openEnvironment(needs, claimed, ending);
    const recorder = recordOutput(needs, claimed);
    const ended = 'kind' in environment ? environment : startScript(needs, claimed, environment, recorder, ending);
    void limitTime(needs, claimed, ending, over.signal);
    void keepProgress(needs, claimed, recorder, ending, over.signal);
    bus.publishRun(run);

    const outcome = await ended;
    over.abort(OVER);
    const durationMs = Math.round(clock.monotonic() - begun);
    const { cause } = ending;
    if (hasFailed(outcome)) recorder.note(outcome.message);
    const progress = await recorder.close();
    const verdict = judgeWithLog(outcome, cause, recorder.lost);
    await ends.record({ id: run.id, token }, { ...toEnd(outcome, verdict, progress), durationMs });
  } finally {
    over.abort(OVER);
    endings.finished(run.id);
  }
};

/** What the script gets, or how the run ends without it. Secrets are opened here only, and for as long as the script runs. */
const openEnvironment = async (
  { secretBox, log }: Needs,
  { run, script }: ClaimedRun,
  ending: RunEnding,
): Promise<OpenedEnvironment | RunOutcome> => {
  if (run.meta.cancel) {
    ending.begin('canceled'); // asked for while it was queued, and the store did not take its end then
    return { kind: 'exited', exitCode: null, signal: null, leftovers: [] };
  }
  try {
    return await openSecrets(secretBox, script.id, script.env);
  } catch (error) {
    if (isDomainError(error, 'secret.unreadable')) {
      return { kind: 'not-started', reason: 'secret-unreadable', message: error.message };
    }
    log.error({ err: error, runId: run.id }, 'the secrets of a script could not be opened');
    return failedOutcome(`Runlet could not open the secrets of the script: ${messageOf(error)}`);
  }
};

/** Called before the script is started, and opens its log after: no script waits for that. */
const recordOutput = (needs: Needs, { run }: ClaimedRun): OutputRecorder => {
  const { runLog, bus, clock, abandon, tailBytes, maxLogBytes } = needs;
  return new OutputRecorder({
    openLog: (onWait) => patientLog(runLog, { clock, signal: abandon, onWait }).open(run.id),
    beginning: queuedEvent(run),
    publish: (events) => bus.publish(run.id, events),
    clock,
    abandon,
    tailBytes,
    maxLogBytes,
  });
};

/** A page keeps the time of its own scripts: output in flight when that is over was printed in time. */
const limitTime = async (
  { clock }: Needs,
  { run }: ClaimedRun,
  ending: RunEnding,
  over: AbortSignal,
): Promise<void> => {
  if (run.meta.reportedBy === 'page') return;
  await clock.after(run.meta.timeoutMs, over).then(() => ending.begin('timeout'), ignore);
};

const hasFailed = (outcome: RunOutcome): outcome is RunOutcome & { message: string } =>
  outcome.kind === 'not-started' || (outcome.kind === 'exited' && outcome.reason === 'internal');

const toEnd = (outcome: RunOutcome, verdict: Verdict, progress: RunProgress): RunEnd => ({
  ...progress,
  ...verdict,
  exitCode: outcome.kind === 'not-started' ? null : outcome.exitCode,
  signal: outcome.kind === 'exited' ? outcome.signal : null,
  leftovers: outcome.kind === 'exited' ? outcome.leftovers : [],
  signalled: outcome.kind === 'exited' ? (outcome.signalled ?? null) : null,
  ...(outcome.kind === 'not-started' || outcome.result === undefined ? {} : { result: outcome.result }),
});

/** Made once: the reason that `abort` makes up each time takes longer than the rest of it. */
const OVER = new Error('the run is over');

const ignore = (): void => undefined;
