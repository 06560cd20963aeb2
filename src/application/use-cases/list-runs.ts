import type { RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import type { Page } from '../ports/page.js';
import type { BrokenRun, RunQuery, RunRepository } from '../ports/run-repository.js';

/** By `createdAt` then id, descending, with the end of each run's output. */
export type ListRuns = (query: RunQuery) => Promise<Page<ScriptRun | BrokenRun>>;

/** The same without output. */
export type SummarizeRuns = (query: RunQuery) => Promise<Page<RunSummary | BrokenRun>>;

interface Needs {
  runs: RunRepository;
}

export const makeListRuns =
  ({ runs }: Needs): ListRuns =>
  (query) =>
    runs.listPreviews(query);

export const makeSummarizeRuns =
  ({ runs }: Needs): SummarizeRuns =>
  (query) =>
    runs.list(query);
