import type { RunSummary } from '../../domain/run/script-run.js';
import type { Page } from '../ports/page.js';
import type { BrokenRun, RunQuery, RunRepository } from '../ports/run-repository.js';

/** By `createdAt` then id, descending. */
export type ListRuns = (query: RunQuery) => Promise<Page<RunSummary | BrokenRun>>;

export const makeListRuns =
  ({ runs }: { runs: RunRepository }): ListRuns =>
  (query) =>
    runs.list(query);
