import type { Origin } from '../../domain/actor.js';
import { DomainError, isDomainError } from '../../domain/errors.js';
import type { RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import type { AuditEntry, AuditTrail } from '../audit-trail.js';
import type { EndQueuedRun } from '../end-queued-run.js';
import type { HeldQueue } from '../held-queue.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';

/** `run`: they are queued here, in the order in which they were accepted. `cancel`: they end as `canceled`. */
export type HeldQueueAction = 'run' | 'cancel';

/**
 * Decides on all runs that are held, and answers how many there were. A run that whoever accepted it has started or ended meanwhile is passed
 * over. Each is audited, as `scripts.release` or `scripts.cancel`.
 * @throws DomainError `queue.not-held` when none is, `server.stopping`
 */
export type DecideHeldQueue = (command: { action: HeldQueueAction; origin: Origin }) => Promise<{ count: number }>;

interface Needs {
  runs: RunRepository;
  held: HeldQueue;
  queue: RunQueue;
  bus: EventBus;
  endQueuedRun: EndQueuedRun;
  trail: AuditTrail;
  clock: Clock;
  serverId: string;
  /** Aborted: the server is stopping. */
  stopping: AbortSignal;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
}

export const makeDecideHeldQueue = (needs: Needs): DecideHeldQueue => {
  const { held, stopping } = needs;
  return async ({ action, origin }) => {
    if (stopping.aborted) throw new DomainError('server.stopping', 'the server is stopping; try again in a moment');
    const runs = await held.list();
    if (runs.length === 0) throw new DomainError('queue.not-held', 'no runs are held; there is nothing to decide');
    let count = 0;
    for (const run of runs) if (await decide(needs, run, action, origin)) count++;
    await held.look();
    return { count };
  };
};

const decide = async (needs: Needs, run: RunSummary, action: HeldQueueAction, origin: Origin): Promise<boolean> => {
  // No page is there for one that a page was to run.
  const cancels = action === 'cancel' || run.meta.reportedBy === 'page';
  const adopted = await adopt(needs, run, cancels, origin);
  if (!adopted) return false;
  await act(needs, adopted);
  return true;
};

const adopt = async (needs: Needs, run: RunSummary, cancels: boolean, origin: Origin): Promise<ScriptRun | null> => {
  const { runs, trail, clock, abandon, serverId } = needs;
  const now = clock.now();
  const cancel = cancels ? { at: now, by: origin.actor } : null;
  const event = trail.success(entryOf(run, cancels, origin));
  try {
    return await runs.adopt(run.id, { from: run.claim.owner ?? '', to: serverId, cancel }, now, event);
  } catch (error) {
    // It may be ours all the same, and is held no more then.
    if (isDomainError(error, 'store.unavailable'))
      void retryWhileUnavailable({ clock, signal: abandon }, () => actIfAdopted(needs, run.id)).catch(() => undefined);
    throw error;
  }
};

const actIfAdopted = async (needs: Needs, runId: string): Promise<void> => {
  const found = await needs.runs.find(runId);
  if (found && !('broken' in found) && found.status === 'queued' && found.claim.owner === needs.serverId)
    await act(needs, found);
};

const act = async ({ queue, bus, endQueuedRun }: Needs, run: ScriptRun): Promise<void> => {
  if (run.meta.cancel) {
    await endQueuedRun(run, 'canceled');
    return;
  }
  bus.publishRun(run);
  queue.put(run);
};

const entryOf = ({ id, scriptId, meta }: RunSummary, cancels: boolean, origin: Origin): AuditEntry => ({
  action: cancels ? 'scripts.cancel' : 'scripts.release',
  origin,
  scriptId,
  scriptName: meta.script.name,
  runId: id,
});
