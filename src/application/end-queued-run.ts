import type { Reason, RunEnd, ScriptRun } from '../domain/run/script-run.js';
import { announceEnd } from './announce-end.js';
import { lastSeqOf } from './last-seq-of.js';
import type { Clock } from './ports/clock.js';
import type { EventBus } from './ports/event-bus.js';
import type { RunLog } from './ports/run-log.js';
import type { RunQueue } from './ports/run-queue.js';
import type { RunRepository } from './ports/run-repository.js';

/** Ends a queued run as `canceled`; its script never starts. Null when it is not queued any more. */
export type EndQueuedRun = (run: ScriptRun, reason: QueuedReason, message?: string) => Promise<ScriptRun | null>;

type QueuedReason = Extract<Reason, 'canceled' | 'script-disabled'>;

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  queue: RunQueue;
  bus: EventBus;
  clock: Clock;
}

export const makeEndQueuedRun =
  ({ runs, runLog, queue, bus, clock }: Needs): EndQueuedRun =>
  async (run, reason, message) => {
    const end = await endOfQueuedRun(runLog, run, reason, message);
    const ended = await runs.finishQueued(run.id, end, clock.now());
    if (!ended) return null;
    queue.remove(run);
    announceEnd(bus, ended);
    return ended;
  };

export const endOfQueuedRun = async (
  runLog: RunLog,
  run: ScriptRun,
  reason: QueuedReason,
  message?: string,
): Promise<RunEnd> => ({
  status: 'canceled',
  reason,
  message: message ?? (reason === 'script-disabled' ? DISABLED : null),
  exitCode: null,
  signal: null,
  outputTail: '',
  output: run.meta.output,
  leftovers: [],
  lastSeq: Math.max(run.meta.lastSeq, await lastSeqOf(runLog, run.id)),
});

const DISABLED = 'the script was disabled or deleted before the run started';
