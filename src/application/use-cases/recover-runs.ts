import { isDomainError } from '../../domain/errors.js';
import type { RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import { announceEnd } from '../announce-end.js';
import type { Predecessors } from '../held-queue.js';
import type { AuditTrail } from '../audit-trail.js';
import { interruptedEnd } from '../interrupted-end.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Log } from '../ports/log.js';
import type { ProcessSweeper, Swept } from '../ports/process-sweeper.js';
import type { RunLog } from '../ports/run-log.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import { untilStoreAnswers } from '../until-store-answers.js';
import { beginLog } from '../run-log-beginning.js';

/**
 * After a start: what this server had queued is queued again, in order, before the promise resolves; what it was running when it died is
 * ended as `interrupted`, in the background (`interrupted` settles when that is done), and so are the processes of runs that another server
 * ended meanwhile. Runs of other servers are left alone, but for what ran by a store that was copied and that nobody else uses.
 */
export type RecoverRuns = () => Promise<{ interrupted: Promise<void> }>;

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  queue: RunQueue;
  bus: EventBus;
  sweeper: ProcessSweeper;
  trail: AuditTrail;
  clock: Clock;
  log: Log;
  serverId: string;
  predecessors: Predecessors;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
  tailBytes: number;
}

export const makeRecoverRuns = (needs: Needs): RecoverRuns => {
  const { runs, runLog, queue, trail, clock, log, serverId, abandon } = needs;
  return async () => {
    const active = await runs.activeOf(serverId);
    // A crash may have come between the run and what follows it.
    for (const run of active) await trail.runStarted(run);
    // No page is there any more for those that one was to run.
    const queued = active.filter(({ status, meta }) => status === 'queued' && meta.reportedBy !== 'page');
    for (const run of queued) {
      await beginLog(runLog, run).catch((error: unknown) => {
        log.warn(
          { err: error, runId: run.id },
          'the log of a waiting run could not be begun; its execution tries again',
        );
      });
      queue.put(run);
    }
    const running = active.filter((run) => !queued.includes(run));
    if (active.length > 0)
      log.info({ queued: queued.length, interrupted: running.length }, 'runs of the last start were found');
    const copied = await runningByCopy(needs);
    const taken = await unswept(needs);
    const work = [
      ...running.map((run) => () => interrupt(needs, run)),
      ...copied.map((run) => () => interruptCopied(needs, run)),
      ...taken.map((run) => () => sweep(needs, run)),
    ];
    const done = work.map((each) => untilStoreAnswers(clock, abandon, each));
    const interrupted = Promise.allSettled(done).then((results) => {
      for (const result of results) {
        if (result.status === 'rejected')
          log.error(
            { err: result.reason as unknown },
            'an interrupted run could not be ended; the next start tries again',
          );
      }
    });
    return { interrupted };
  };
};

const runningByCopy = async ({ runs, serverId, predecessors }: Needs): Promise<readonly RunSummary[]> =>
  predecessors.ids === 'all' ? runs.runningElsewhere(serverId) : [];

/** A predecessor that may live looks after its own. */
const unswept = async ({ runs, serverId, predecessors: { ids, areGone } }: Needs): Promise<readonly ScriptRun[]> => {
  const gone = ids === 'all' || !areGone ? [] : ids;
  return (await Promise.all([serverId, ...gone].map((id) => runs.unsweptOf(id)))).flat();
};

/** Another server has ended the run; only here can its processes be ended. */
const sweep = async ({ runs, sweeper }: Needs, run: ScriptRun): Promise<void> => {
  if (run.claim.process) await sweeper.sweep(run.claim.process, null); // the token is of the server that ended it
  await runs.noteSwept(run.id);
};

const interrupt = async (needs: Needs, run: ScriptRun): Promise<void> => {
  const swept = await needs.sweeper.sweep(run.claim.process, run.claim.token);
  await endInterrupted(needs, run, { message: 'its server stopped while it ran', swept });
};

/** Its processes are those of the server that was copied. */
const interruptCopied = async (needs: Needs, { id }: RunSummary): Promise<void> => {
  const run = await needs.runs.find(id);
  if (!run || 'broken' in run) return;
  if (needs.predecessors.areGone) {
    await interrupt(needs, run);
    return;
  }
  const message =
    'it ran when the data of its server was copied; this server has the copy, and does not know how it ended';
  await endInterrupted(needs, run, { message, swept: { leftovers: [], signalled: null } });
};

const endInterrupted = async (needs: Needs, run: ScriptRun, how: { message: string; swept: Swept }): Promise<void> => {
  const { runs, bus, clock, log } = needs;
  // Opening it drops what the crash left unfinished.
  await beginLog(needs.runLog, run).catch((error: unknown) => {
    if (isDomainError(error, 'store.unavailable')) throw error;
    log.warn({ err: error, runId: run.id }, 'the log of an interrupted run cannot be written; the run ends without');
  });
  const end = await interruptedEnd(needs, run, how);
  const ended =
    run.status === 'queued'
      ? await runs.finishQueued(run.id, end, clock.now())
      : await runs.finishRunning(run.id, run.claim.token ?? '', end, clock.now());
  if (ended) announceEnd(bus, ended);
};
