import type { OutputStream } from '../../domain/run/run-event.js';
import type { Clock } from '../ports/clock.js';
import type { RunLog } from '../ports/run-log.js';
import { LineSearch, type FoundLines } from '../line-search.js';
import type { GetRun } from './get-run.js';
import { ReadableLog } from '../readable-log.js';
import { outputPieces } from './read-output.js';

/** A search that takes longer answers what it has found. */
const SEARCH_MS = 10_000;

/**
 * Finds lines of the stored output that contain `text`. Lines are counted from 1 over both streams, in the order in which they begin.
 * `total` counts all that were found, `items` are the first `limit`, or those around a line; `complete` is false when time ran out or
 * the rest of the log cannot be read.
 * @throws DomainError `run.not-found`, `run.unreadable`
 */
export type SearchOutput = (query: {
  runId: string;
  text: string;
  matchCase: boolean;
  stream?: OutputStream;
  limit: number;
  around?: number;
}) => Promise<FoundLines & { complete: boolean }>;

export const makeSearchOutput =
  ({ getRun, runLog, clock }: { getRun: GetRun; runLog: RunLog; clock: Clock }): SearchOutput =>
  async ({ runId, text, ...options }) => {
    const log = new ReadableLog(runLog, await getRun(runId));
    const deadline = clock.monotonic() + SEARCH_MS;
    const search = new LineSearch(text, options);
    for await (const piece of outputPieces(log)) {
      if (piece.stream === 'system') return { ...end(search), complete: false }; // the rest cannot be read
      search.add(piece);
      if (clock.monotonic() > deadline) return { ...search.found(), complete: false };
    }
    return { ...end(search), complete: true };
  };

const end = (search: LineSearch): FoundLines => {
  search.end();
  return search.found();
};
