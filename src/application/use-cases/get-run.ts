import { DomainError } from '../../domain/errors.js';
import type { ScriptRun } from '../../domain/run/script-run.js';
import { describe } from '../../domain/script/script-rules.js';
import type { BrokenRun, RunRepository } from '../ports/run-repository.js';

/** @throws DomainError `run.not-found`, `run.unreadable` when what is stored is no run */
export type GetRun = (id: string) => Promise<ScriptRun>;
/** @throws DomainError `run.not-found` */
export type FindRun = (id: string) => Promise<ScriptRun | BrokenRun>;

export const makeFindRun =
  ({ runs }: { runs: RunRepository }): FindRun =>
  async (id) => {
    const run = await runs.find(id);
    if (!run) throw new DomainError('run.not-found', `there is no run with the id ${id}`);
    return run;
  };

export const makeGetRun =
  ({ findRun }: { findRun: FindRun }): GetRun =>
  async (id) => {
    const run = await findRun(id);
    if ('broken' in run) {
      throw new DomainError('run.unreadable', `what is stored as the run ${id} is no run: ${describe(run.broken)}`, {
        issues: run.broken,
      });
    }
    return run;
  };
