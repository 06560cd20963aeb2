import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import type { AuditTrail } from '../audit-trail.js';
import { cancelEntry, findRunOf } from '../cancel-entry.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { ProcessSweeper, ReachedLeftovers } from '../ports/process-sweeper.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { GetRun } from './get-run.js';

/**
 * Ends what an ended run has left running, and answers the run with what is gone noted in `meta.leftovers`; status and outcome never change.
 * A process that was ended before, or has ended by itself, is gone too. Audited as `scripts.cancel`, before anything is ended.
 * @throws DomainError `run.not-found`, `run.not-ended` (with the run), `run.out-of-reach` when the processes are another server's
 */
export type EndLeftovers = (command: { runId: string; origin: Origin }) => Promise<ScriptRun>;

interface Needs {
  runs: RunRepository;
  getRun: GetRun;
  sweeper: ProcessSweeper;
  bus: EventBus;
  trail: AuditTrail;
  clock: Clock;
  serverId: string;
}

export const makeEndLeftovers = (needs: Needs): EndLeftovers => {
  const { runs, getRun, bus, trail, clock } = needs;
  return async ({ runId, origin }) => {
    const entry = { ...cancelEntry(origin, runId), changes: ['leftovers'] };
    const { run, reached } = await trail.refusals(entry, async () => {
      const found = await findRunOf(entry, getRun);
      if (!isFinal(found.status)) throw notEnded(found);
      return { run: found, reached: await reachLeftovers(needs, found) };
    });
    await trail.record(entry, 'success', null);
    const noted = await runs.noteLeftoversEnded(runId, await reached.end(), clock.now());
    if (noted) bus.publishRun(noted);
    return noted ?? run;
  };
};

const reachLeftovers = async ({ sweeper, serverId }: Needs, { meta, claim }: ScriptRun): Promise<ReachedLeftovers> => {
  const left = meta.leftovers.filter(({ ended }) => !ended);
  if (left.length === 0) return NOTHING_LEFT;
  const isOurs = claim.owner === serverId;
  if (!isOurs && claim.process === null) throw outOfReach();
  const reached = await sweeper.reach(claim.process, claim.token, left);
  if (reached === 'machine-restarted' && isOurs) return { end: () => Promise.resolve(left.map(({ pid }) => pid)) };
  if (typeof reached === 'string') throw outOfReach();
  return reached;
};

const NOTHING_LEFT: ReachedLeftovers = { end: () => Promise.resolve([]) };

const notEnded = (run: ScriptRun): DomainError =>
  new DomainError('run.not-ended', `the run is ${run.status}; cancel it to end all that it has started`, {
    present: run,
  });

const outOfReach = (): DomainError =>
  new DomainError(
    'run.out-of-reach',
    'this server cannot tell what the run left running from other processes: another server, another container or another machine ' +
      'started it; ask that server, or end it there',
  );
