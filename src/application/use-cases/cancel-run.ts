import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import type { AuditTrail } from '../audit-trail.js';
import { type CancelEntry, cancelEntry, findRunOf } from '../cancel-entry.js';
import type { EndQueuedRun } from '../end-queued-run.js';
import type { Clock } from '../ports/clock.js';
import type { RunControl } from '../ports/run-control.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { GetRun } from './get-run.js';

/**
 * Asks for a run's end and answers the run as it is then. A queued one never starts; a running one is told to end; asked again, it is
 * ended at once. `alreadyCanceled` when there was nothing left to do.
 * @throws DomainError `run.not-found`, `run.ended` (with the run) when it has ended as something else
 */
export type CancelRun = (command: {
  runId: string;
  origin: Origin;
}) => Promise<{ run: ScriptRun; alreadyCanceled: boolean }>;

interface Needs {
  runs: RunRepository;
  getRun: GetRun;
  endQueuedRun: EndQueuedRun;
  control: RunControl;
  trail: AuditTrail;
  clock: Clock;
}

export const makeCancelRun = (needs: Needs): CancelRun => {
  const { endQueuedRun, control, trail } = needs;
  return async ({ runId, origin }) => {
    const entry = cancelEntry(origin, runId);
    // Written before anybody is told: a server that dies after this leaves `canceled`.
    const run = await trail.refusals(entry, () => request(needs, entry));
    if (run.status === 'canceled') {
      await trail.record(entry, 'success', null);
      return { run, alreadyCanceled: true };
    }
    const ended = run.status === 'queued' ? await endQueuedRun(run, 'canceled') : null;
    if (!ended) control.cancel(runId);
    return { run: ended ?? run, alreadyCanceled: false };
  };
};

const request = async ({ runs, getRun, trail, clock }: Needs, entry: CancelEntry): Promise<ScriptRun> => {
  const found = await findRunOf(entry, getRun);
  const cancel = { at: clock.now(), by: entry.origin.actor };
  const run = (await runs.requestCancel(entry.runId, cancel, trail.success(entry))) ?? found;
  if (!isFinal(run.status) || run.status === 'canceled') return run;
  throw new DomainError('run.ended', `the run has ended as ${run.status}; there is nothing to cancel`, {
    present: run,
  });
};
