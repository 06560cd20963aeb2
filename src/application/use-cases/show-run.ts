import type { ScriptRun } from '../../domain/run/script-run.js';
import type { BrokenRun } from '../ports/run-repository.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { FindRun } from './get-run.js';

/**
 * A run, and its place in this server's queue: 1 is the next; null when it does not wait there.
 * @throws DomainError `run.not-found`
 */
export type ShowRun = (id: string) => Promise<{ run: ScriptRun | BrokenRun; queuePosition: number | null }>;

export const makeShowRun =
  ({ findRun, queue }: { findRun: FindRun; queue: Pick<RunQueue, 'positionOf'> }): ShowRun =>
  async (id) => {
    const run = await findRun(id);
    const mayWait = !('broken' in run) && run.status === 'queued';
    return { run, queuePosition: mayWait ? queue.positionOf(run) : null };
  };
