import { isDomainError } from '../../domain/errors.js';
import type { RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import type { AuditTrail } from '../audit-trail.js';
import type { Predecessors } from '../held-queue.js';
import { messageOf } from '../internal-end.js';
import { interruptedEnd } from '../interrupted-end.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { ProcessSweeper, Swept } from '../ports/process-sweeper.js';
import type { RunLog } from '../ports/run-log.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { Problems } from '../problems.js';
import { patient, patientLog } from '../retry-while-unavailable.js';
import type { RunEnds } from '../run-ends.js';
import { beginLog } from '../run-log-beginning.js';

/**
 * After a start: what this server had queued is queued again, in order; what it was running when it died is ended as `interrupted`, and so
 * are the processes of runs that another server ended meanwhile. Runs of other servers are left alone, but for what ran by
 * a store that was copied and that nobody else uses. Resolves when it has been tried once: where the store fails, it is tried again in the
 * background, and is a problem of the service until then.
 */
export type RecoverRuns = () => Promise<Recovery>;

export interface Recovery {
  /** What was queued is queued again: from then on runs may be executed. Rejects when the server stops first. */
  readonly taken: Promise<void>;
  /** What ran has been ended. */
  readonly interrupted: Promise<void>;
}

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  queue: RunQueue;
  sweeper: ProcessSweeper;
  ends: RunEnds;
  trail: AuditTrail;
  problems: Problems;
  clock: Clock;
  log: Log;
  serverId: string;
  predecessors: Predecessors;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
  tailBytes: number;
}

const RETRY_MS = 1000;

/** What is left to do in the background. */
interface Left {
  /** Whose server died. */
  readonly running: readonly ScriptRun[];
  /** Which ran by a copy. */
  readonly copied: readonly RunSummary[];
  /** Which another server has ended; only here can their processes be ended. */
  readonly unswept: readonly ScriptRun[];
}

export const makeRecoverRuns = (needs: Needs): RecoverRuns => {
  const { problems, clock, abandon } = needs;

  const untilTaken = async (tried: () => void): Promise<Left> => {
    for (;;) {
      try {
        const left = await takeUp(needs);
        problems.clear('recovery.pending');
        return left;
      } catch (error) {
        const what = 'the runs that the last start left could not be taken up, and none is started before they are';
        problems.raise(
          'recovery.pending',
          `${what}: ${messageOf(error)}; make the store answer, it is tried again every second`,
        );
        tried();
        await clock.after(RETRY_MS, abandon);
      }
    }
  };

  return async () => {
    let tried = (): void => undefined;
    const firstTry = new Promise<void>((resolve) => (tried = resolve));
    const left = untilTaken(tried);
    const recovery = {
      taken: left.then(() => undefined),
      interrupted: left.then((found) => endAll(needs, found)),
    };
    for (const each of Object.values(recovery)) each.catch(() => undefined); // the server stops
    await Promise.race([firstTry, left]);
    return recovery;
  };
};

const runningByCopy = async ({ runs, serverId, predecessors }: Needs): Promise<readonly RunSummary[]> =>
  predecessors.ids === 'all' ? runs.runningElsewhere(serverId) : [];

/** A predecessor that may live looks after its own. */
const unsweptHere = async ({
  runs,
  serverId,
  predecessors: { ids, areGone },
}: Needs): Promise<readonly ScriptRun[]> => {
  const gone = ids === 'all' || !areGone ? [] : ids;
  return (await Promise.all([serverId, ...gone].map((id) => runs.unsweptOf(id)))).flat();
};

const takeUp = async (needs: Needs): Promise<Left> => {
  const { runs, queue, log, serverId } = needs;
  const active = await runs.activeOf(serverId);
  const copied = await runningByCopy(needs);
  const unswept = await unsweptHere(needs);
  const recorded = [];
  for (const run of active) if (await mendTrail(needs, run)) recorded.push(run);
  // No page is there any more for those that one was to run.
  const queued = recorded.filter(({ status, meta }) => status === 'queued' && meta.reportedBy !== 'page');
  for (const run of queued) {
    await beginLog(needs.runLog, run).catch((error: unknown) => {
      log.warn({ err: error, runId: run.id }, 'the log of a waiting run could not be begun; its execution tries again');
    });
  }
  for (const run of queued) queue.put(run);
  const running = recorded.filter((run) => !queued.includes(run));
  if (active.length > 0)
    log.info({ queued: queued.length, interrupted: running.length }, 'runs of the last start were found');
  return { running, copied, unswept };
};

/** A crash may have come between a run and its audit event. False: the event is refused, and so the run has ended unless it had begun. */
const mendTrail = async ({ trail, ends, log }: Needs, run: ScriptRun): Promise<boolean> => {
  try {
    await trail.runStarted(run);
    return true;
  } catch (error) {
    if (isDomainError(error, 'store.unavailable')) throw error;
    if (run.status === 'queued') await ends.recordFailure({ id: run.id, token: null }, error);
    else log.error({ err: error, runId: run.id }, 'the audit trail does not take the start of a run');
    return run.status !== 'queued';
  }
};

/** Side by side: no run waits for the end of another. */
const endAll = async (needs: Needs, { running, copied, unswept }: Left): Promise<void> => {
  const { log } = needs;
  const logged = (run: Pick<ScriptRun, 'id'>, work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      log.error({ err: error, runId: run.id }, 'an interrupted run could not be ended; the next start tries again');
    });
  await Promise.all([
    ...running.map((run) => logged(run, interrupt(needs, run))),
    ...copied.map((run) => logged(run, interruptCopied(needs, run))),
    ...unswept.map((run) => logged(run, sweepTakenOver(needs, run))),
  ]);
};

const sweepTakenOver = async ({ runs, sweeper, clock, abandon }: Needs, run: ScriptRun): Promise<void> => {
  if (run.claim.process) await sweeper.sweep(run.claim.process, null); // the token is of the server that ended it
  await patient(runs, { clock, signal: abandon }).noteSwept(run.id);
};

const interrupt = async (needs: Needs, run: ScriptRun): Promise<void> => {
  const { sweeper, log } = needs;
  const swept = await sweeper.sweep(run.claim.process, run.claim.token).catch((error: unknown) => {
    log.error({ err: error, runId: run.id }, 'what an interrupted run left running could not be looked for');
    return { leftovers: [], signalled: null };
  });
  await endInterrupted(needs, run, { message: 'its server stopped while it ran', swept });
};

/** Its processes are those of the server that was copied. */
const interruptCopied = async (needs: Needs, { id }: RunSummary): Promise<void> => {
  const { runs, predecessors, clock, abandon } = needs;
  const run = await patient(runs, { clock, signal: abandon }).find(id);
  if (!run || 'broken' in run) return;
  if (predecessors.areGone) {
    await interrupt(needs, run);
    return;
  }
  const message =
    'it ran when the data of its server was copied; this server has the copy, and does not know how it ended';
  await endInterrupted(needs, run, { message, swept: { leftovers: [], signalled: null } });
};

const endInterrupted = async (needs: Needs, run: ScriptRun, how: { message: string; swept: Swept }): Promise<void> => {
  const { ends, clock, log, abandon, tailBytes } = needs;
  const runLog = patientLog(needs.runLog, { clock, signal: abandon });
  // Opening it drops what the crash left unfinished.
  await beginLog(runLog, run).catch((error: unknown) => {
    log.warn({ err: error, runId: run.id }, 'the log of an interrupted run cannot be written; the run ends without');
  });
  const end = await interruptedEnd({ runLog, tailBytes }, run, how);
  await ends.record({ id: run.id, token: run.claim.token }, end);
};
