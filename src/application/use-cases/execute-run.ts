import { type EncodedEvent, type EndingPhase, type NewEvent, queuedEvent } from '../../domain/run/run-event.js';
import { judgeWithLog, type RunOutcome, type Verdict } from '../../domain/run/run-outcome.js';
import {
  isFinal,
  type ProcessIdentity,
  type RunEnd,
  type RunProgress,
  type ScriptRun,
} from '../../domain/run/script-run.js';
import { isDomainError } from '../../domain/errors.js';
import type { Script } from '../../domain/script/script.js';
import { announceEnd } from '../announce-end.js';
import type { EndQueuedRun } from '../end-queued-run.js';
import { MaskingOutputRecorder } from '../masking-output-recorder.js';
import { OutputRecorder } from '../output-recorder.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Ids } from '../ports/ids.js';
import type { Log } from '../ports/log.js';
import type { RunLog, RunLogWriter } from '../ports/run-log.js';
import type { WaitingRun } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { ScriptRevisionRepository } from '../ports/script-revision-repository.js';
import type { RunWatch, ScriptRunner } from '../ports/script-runner.js';
import type { SecretBox } from '../ports/secret-box.js';
import type { RunEnding, RunEndings } from '../run-endings.js';
import { makeRunMasking, type RunMasking } from '../run-masking.js';
import { type OpenedEnvironment, openSecrets } from '../sealed-environment.js';
import { untilStoreAnswers } from '../until-store-answers.js';

/** How often a running run's progress is stored, and a cancel written by another server is looked for. */
const PROGRESS_MS = 1000;

/** Executes one queued run to its end. Never rejects: what goes wrong is in the run, or in the log when the store is gone. */
export type ExecuteRun = (waiting: WaitingRun) => Promise<void>;

interface Needs {
  scripts: ScriptRepository;
  revisions: ScriptRevisionRepository;
  runs: RunRepository;
  runLog: RunLog;
  bus: EventBus;
  endings: RunEndings;
  endQueuedRun: EndQueuedRun;
  runnerFor: (script: Pick<Script, 'type' | 'runner'>) => ScriptRunner;
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
  const { log, endings } = needs;
  return async (waiting) => {
    const { id: runId } = waiting;
    try {
      const claimed = await claim(needs, waiting);
      if (!claimed) return;
      const ending = endings.start(runId);
      try {
        await execute(needs, claimed.run, claimed.script, ending);
      } finally {
        endings.finished(runId);
      }
    } catch (error) {
      log.error({ err: error, runId }, 'a run could not be brought to its end; the next start of the server ends it');
    }
  };
};

/** Takes the run, so that nobody else does. Null when it is not to be executed. */
const claim = async (
  needs: Needs,
  { id, scriptId, meta }: WaitingRun,
): Promise<{ run: ScriptRun; script: Script } | null> => {
  const { runs, scripts, revisions, endQueuedRun, ids, clock, abandon } = needs;
  const token = ids.token();
  return untilStoreAnswers(clock, abandon, async () => {
    const now = clock.now(); // before the store is asked, so that runs handed out one after the other have started in that order
    const revision = await revisions.find(scriptId, meta.script.revision);
    const mayRun = revision && (await scripts.isEnabled(scriptId));
    const claimed = mayRun ? await runs.claim(id, token, now) : null;
    if (mayRun && claimed) return { run: claimed, script: revision.script };
    const found = await runs.find(id);
    if (!found || 'broken' in found) return null;
    // A claim whose answer was lost on the way is ours all the same.
    if (revision && found.claim.token === token) return { run: found, script: revision.script };
    if (!mayRun && found.status === 'queued') await endQueuedRun(found, 'script-disabled');
    return null;
  });
};

const execute = async (needs: Needs, run: ScriptRun, script: Script, ending: RunEnding): Promise<void> => {
  const { bus, runnerFor, clock } = needs;
  const startedAt = clock.monotonic();
  const { env, secrets, obstacle } = await openEnvironment(needs, script);
  const masking = secrets.length > 0 ? makeRunMasking(secrets) : null;
  const over = new AbortController();
  let recorder: OutputRecorder | null = null;
  // Begun after the script is: opening its log must not keep it waiting.
  const opening = Promise.resolve()
    .then(() => openRecorder(needs, run, masking))
    .then((opened) => {
      void keepProgress(needs, run, opened, ending, over.signal);
      return (recorder = opened);
    });
  opening.catch(() => undefined); // thrown where its end is waited for
  const tell = (what: (recorder: OutputRecorder) => void): void => {
    if (recorder) what(recorder);
    else opening.then(what).catch(() => undefined);
  };

  const job = {
    runId: run.id,
    token: tokenOf(run),
    script: script.script,
    env,
    workingDirectory: script.defaultWorkingDirectory,
  };
  const watch: RunWatch = {
    started: (process) => void noteProcess(needs, run, process),
    output: (...piece) => (recorder ? recorder.output(...piece) : opening.then((opened) => opened.output(...piece))),
    dropped: (bytes) => tell((open) => open.dropped(bytes)),
    phase: (phase) => tell((open) => open.event(runningEvent(clock, phase))),
    note: (message) => tell((open) => open.note(message)),
    terminate: ending.terminate,
    kill: ending.kill,
  };
  const ended =
    obstacle ??
    runnerFor(script)
      .run(job, watch)
      .catch(notStarted(needs, run, masking));
  // A page keeps the time of its own scripts: what is still on its way when that is over was printed in time.
  if (run.meta.reportedBy !== 'page')
    void clock.after(run.meta.timeoutMs, over.signal).then(() => ending.begin('timeout'), ignoreAbort);
  bus.publishRun(run);
  const told = await ended;
  const outcome = masking ? masking.outcome(told) : told;
  const durationMs = Math.round(clock.monotonic() - startedAt);
  over.abort(OVER);
  const { cause } = ending;
  const opened = await opening;
  if (outcome.kind === 'not-started') opened.note(outcome.message);
  const progress = await opened.close();
  await finish(needs, run, { ...toEnd(outcome, judgeWithLog(outcome, cause, opened.lost), progress), durationMs });
};

const openRecorder = async (needs: Needs, run: ScriptRun, masking: RunMasking | null): Promise<OutputRecorder> => {
  const { runLog, bus, clock, abandon } = needs;
  const writer = await untilStoreAnswers(clock, abandon, () => runLog.open(run.id)).catch((error: unknown) => {
    abandon.throwIfAborted();
    return noLog(error);
  });
  const publish = (events: readonly EncodedEvent[]): void => bus.publish(run.id, events);
  const recorder = masking
    ? new MaskingOutputRecorder({ ...needs, writer, publish }, masking)
    : new OutputRecorder({ ...needs, writer, publish });
  // One write for both; a crash may have come before the first was written.
  recorder.event(...(writer.lastSeq === 0 ? [queuedEvent(run)] : []), runningEvent(clock));
  return recorder;
};

const runningEvent = (clock: Clock, phase?: EndingPhase): NewEvent => ({
  type: 'status',
  ts: clock.now().toISOString(),
  status: 'running',
  ...(phase && { phase }),
});

/** Secrets are opened here and nowhere else, and only for as long as the script runs. */
const openEnvironment = async (
  { secretBox }: Needs,
  { id, env }: Script,
): Promise<OpenedEnvironment & { obstacle?: RunOutcome }> => {
  try {
    return await openSecrets(secretBox, id, env);
  } catch (error) {
    if (!isDomainError(error, 'secret.unreadable')) throw error;
    const obstacle = { kind: 'not-started', reason: 'secret-unreadable', message: error.message } as const;
    return { env: [], secrets: [], obstacle };
  }
};

/** Stores how far the run is, and learns of a cancel that another server wrote. Ends the run when its claim is lost. */
const keepProgress = async (
  { runs, clock, log }: Needs,
  run: ScriptRun,
  recorder: OutputRecorder,
  ending: RunEnding,
  over: AbortSignal,
): Promise<void> => {
  try {
    for (;;) {
      await clock.after(PROGRESS_MS, over);
      const now = await runs
        .recordProgress(run.id, tokenOf(run), recorder.progress(), clock.now())
        .catch((error: unknown) => {
          log.warn({ err: error, runId: run.id }, "a run's progress could not be stored; it goes on");
          return run;
        });
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
    }
  } catch {
    // The run is over.
  }
};

/** Stores the end, however long the store takes to answer, and tells it once it is durable. */
const finish = async ({ runs, bus, clock, abandon, log }: Needs, run: ScriptRun, end: RunEnd): Promise<void> => {
  const now = clock.now();
  const ended = await untilStoreAnswers(clock, abandon, async () => {
    const finished = await runs.finishRunning(run.id, tokenOf(run), end, now);
    if (finished) return finished;
    // Ended already: by a write whose answer was lost on the way, or by whoever took the claim.
    const found = await runs.find(run.id);
    return found && !('broken' in found) && isFinal(found.status) ? found : null;
  });
  if (ended) announceEnd(bus, ended);
  else log.error({ runId: run.id }, 'the claim of a run was lost while it ran; its end was not stored by this server');
};

const toEnd = (outcome: RunOutcome, verdict: Verdict, progress: RunProgress): RunEnd => ({
  ...progress,
  ...verdict,
  exitCode: outcome.kind === 'not-started' ? null : outcome.exitCode,
  signal: outcome.kind === 'exited' ? outcome.signal : null,
  leftovers: outcome.kind === 'exited' ? outcome.leftovers : [],
  signalled: outcome.kind === 'exited' ? (outcome.signalled ?? null) : null,
  ...(outcome.kind === 'not-started' || outcome.result === undefined ? {} : { result: outcome.result }),
});

const noteProcess = async ({ runs, log }: Needs, run: ScriptRun, process: ProcessIdentity): Promise<void> => {
  try {
    await runs.recordProcess(run.id, tokenOf(run), process);
  } catch (error) {
    log.warn(
      { err: error, runId: run.id },
      'which process runs a run could not be stored; after a crash it would not be ended',
    );
  }
};

/** Where no log can be opened the script runs all the same: its output is counted, and its end tells why it is missing. */
const noLog = (error: unknown): RunLogWriter => ({
  lastSeq: 0,
  append: () => Promise.reject(error instanceof Error ? error : new Error(String(error))),
  close: () => Promise.resolve(),
});

const notStarted =
  ({ log }: Needs, run: ScriptRun, masking: RunMasking | null) =>
  (error: unknown): RunOutcome => {
    log.error({ err: masking ? masking.error(error) : error, runId: run.id }, 'the runner failed');
    return { kind: 'not-started', reason: 'spawn-failed', message: 'the runner failed; the server log says why' };
  };

const tokenOf = (run: ScriptRun): string => {
  if (run.claim.token === null) throw new Error(`run ${run.id} is not claimed`);
  return run.claim.token;
};

/** Made once: the reason that `abort` makes up each time takes longer than the rest of it. */
const OVER = new Error('the run is over');

const ignoreAbort = (): void => undefined;
