import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import type { AuditTrail } from '../audit-trail.js';
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

export const makeCancelRun =
  ({ runs, getRun, endQueuedRun, control, trail, clock }: Needs): CancelRun =>
  ({ runId, origin }) => {
    const entry = {
      action: 'scripts.cancel' as const,
      origin,
      scriptId: null as string | null,
      scriptName: null as string | null,
      runId,
    };
    return trail.around(entry, async () => {
      const found = await getRun(runId);
      entry.scriptId = found.scriptId;
      entry.scriptName = found.meta.script.name;
      // Written before anybody is told: a server that dies after this leaves `canceled`.
      const run = (await runs.requestCancel(runId, { at: clock.now(), by: origin.actor })) ?? found;
      if (run.status === 'queued') {
        const ended = await endQueuedRun(run, 'canceled');
        if (ended) return { run: ended, alreadyCanceled: false };
      }
      if (!isFinal(run.status)) {
        control.cancel(runId);
        return { run, alreadyCanceled: false };
      }
      if (run.status === 'canceled') return { run, alreadyCanceled: true };
      throw new DomainError('run.ended', `the run has ended as ${run.status}; there is nothing to cancel`, {
        present: run,
      });
    });
  };
