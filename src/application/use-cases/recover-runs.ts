import type { LogEvent } from '../../domain/run/run-event.js';
import { OutputDigest } from '../../domain/run/output-digest.js';
import type { RunEnd, ScriptRun } from '../../domain/run/script-run.js';
import { announceEnd } from '../announce-end.js';
import type { AuditTrail } from '../audit-trail.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Log } from '../ports/log.js';
import type { ProcessSweeper, Swept } from '../ports/process-sweeper.js';
import type { RunLog } from '../ports/run-log.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import { beginLog } from '../run-log-beginning.js';
import { outputPieces } from './read-output.js';

/**
 * After a start: what this server had queued is queued again, in order, before the promise resolves; what it was running when it died is
 * ended as `interrupted`, in the background (`interrupted` settles when that is done). Runs of other servers are left alone.
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
  tailBytes: number;
}

export const makeRecoverRuns = (needs: Needs): RecoverRuns => {
  const { runs, runLog, queue, trail, log, serverId } = needs;
  return async () => {
    const active = await runs.activeOf(serverId);
    // A crash may have come between the run and what follows it.
    for (const run of active) await trail.runStarted(run);
    // No page is there any more for those that one was to run.
    const queued = active.filter(({ status, meta }) => status === 'queued' && meta.reportedBy !== 'page');
    for (const run of queued) {
      await beginLog(runLog, run);
      queue.put(run);
    }
    const running = active.filter((run) => !queued.includes(run));
    if (active.length > 0)
      log.info({ queued: queued.length, interrupted: running.length }, 'runs of the last start were found');
    const interrupted = Promise.allSettled(running.map((run) => interrupt(needs, run))).then((results) => {
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

const interrupt = async (needs: Needs, run: ScriptRun): Promise<void> => {
  const { runs, bus, sweeper, clock } = needs;
  const swept = run.claim.process ? await sweeper.sweep(run.claim.process) : { leftovers: [], signalled: null };
  const end = await interruptedEnd(needs, run, swept);
  const ended =
    run.status === 'queued'
      ? await runs.finishQueued(run.id, end, clock.now())
      : await runs.finishRunning(run.id, run.claim.token ?? '', end, clock.now());
  if (ended) announceEnd(bus, ended);
};

const interruptedEnd = async ({ runLog, tailBytes }: Needs, run: ScriptRun, swept: Swept): Promise<RunEnd> => {
  const { lastSeq, digest } = await readAgain(runLog, run, tailBytes);
  const canceled = run.meta.cancel !== null;
  return {
    status: canceled ? 'canceled' : 'failed',
    reason: canceled ? 'canceled' : 'interrupted',
    message: 'its server stopped while it ran',
    exitCode: null,
    signal: null,
    ...swept,
    outputTail: digest.tail(),
    output: { ...digest.counts(), droppedBytes: run.meta.output.droppedBytes },
    lastSeq,
  };
};

/** What the log kept of the run; opening it drops what the crash left unfinished. */
const readAgain = async (
  runLog: RunLog,
  run: ScriptRun,
  tailBytes: number,
): Promise<{ lastSeq: number; digest: OutputDigest }> => {
  await beginLog(runLog, run);
  const digest = new OutputDigest(tailBytes);
  for await (const { stream, line } of outputPieces(runLog, run.id) as AsyncIterable<LogEvent>)
    digest.add(stream, line);
  return { lastSeq: await runLog.lastSeq(run.id), digest };
};
