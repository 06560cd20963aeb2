import { encodeEvent, type NewEvent, queuedEvent } from '../../domain/run/run-event.js';
import type { RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import { isDomainError } from '../../domain/errors.js';
import { announceEnd } from '../announce-end.js';
import { interruptedEnd } from '../interrupted-end.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Ids } from '../ports/ids.js';
import type { Log } from '../ports/log.js';
import type { ProcessSweeper } from '../ports/process-sweeper.js';
import type { RunLog } from '../ports/run-log.js';
import type { RunRepository } from '../ports/run-repository.js';

/** How often a server looks at the runs of others during one lease. */
export const LOOKS_PER_LEASE = 4;

/**
 * Looks once at the running runs of other servers, and ends as `interrupted` those that nobody has renewed since so many looks that a lease
 * has passed. It is never executed again. Looks are counted rather than times compared: the clocks of two machines need not agree, a clock may
 * be set, and while the store does not answer nobody can renew.
 */
export type EndAbandonedRuns = () => Promise<void>;

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  bus: EventBus;
  sweeper: ProcessSweeper;
  ids: Ids;
  clock: Clock;
  log: Log;
  serverId: string;
  tailBytes: number;
  leaseMs: number;
}

export const makeEndAbandonedRuns = (needs: Needs): EndAbandonedRuns => {
  const { runs, serverId, log } = needs;
  let unchanged = new Map<string, { as: string; looks: number }>();
  return async () => {
    const before = unchanged;
    unchanged = new Map();
    for (const run of await runs.runningElsewhere(serverId)) {
      const as = `${run.claim.token} ${run.updatedAt.getTime()}`;
      const last = before.get(run.id);
      const looks = last?.as === as ? last.looks + 1 : 0;
      unchanged.set(run.id, { as, looks });
      if (looks < LOOKS_PER_LEASE) continue;
      await endAbandoned(needs, run).catch((error: unknown) => {
        if (isDomainError(error, 'store.unavailable')) throw error; // of the other runs too
        log.error(
          { err: error, runId: run.id },
          'the run of a server that is gone could not be ended; it is tried again',
        );
      });
    }
  };
};

const endAbandoned = async (needs: Needs, seen: RunSummary): Promise<void> => {
  const { runs, bus, sweeper, ids, clock, log, leaseMs } = needs;
  const token = ids.token();
  const run = await runs.takeOver(seen, token, clock.now());
  if (!run) return;
  const silent = `its server was not heard of for ${leaseMs / 1000} s`;
  await closeLog(needs, run, `${silent}; another one ended the run`);
  const message = `${silent}; what the script started may still run on that machine, until the server starts there again`;
  const end = await interruptedEnd(needs, run, { message, swept: { leftovers: [], signalled: null } });
  const ended = await runs.finishRunning(run.id, token, end, clock.now());
  if (!ended) return;
  log.warn({ runId: run.id, owner: run.claim.owner }, 'a run of a server that is gone was ended');
  announceEnd(bus, ended);
  await sweeper.sweep(run.claim.process, seen.claim.token); // finds something only where both servers share the machine
};

/**
 * Adds a line of Runlet's own. Should the owner only have been asleep, it finds the place of its next event taken, and can write nothing
 * more; that it is writing at this moment is why this may take more than one try.
 */
const closeLog = async ({ runLog, clock }: Needs, run: ScriptRun, message: string): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const writer = await runLog.open(run.id);
    const line: NewEvent = {
      type: 'log',
      ts: clock.now().toISOString(),
      stream: 'system',
      line: `[runlet] ${message}\n`,
    };
    const events = [...(writer.lastSeq === 0 ? [queuedEvent(run)] : []), line];
    try {
      await writer.append(events.map((event, n) => encodeEvent({ ...event, seq: writer.lastSeq + 1 + n })));
      return;
    } catch (error) {
      if (tries === TRIES || isDomainError(error, 'store.unavailable')) throw error;
    } finally {
      await writer.close();
    }
  }
};

const TRIES = 5;
