import type { RunEventItem } from '../../adapters/http/contract/events.js';
import type { RunItem, RunListItem, StoredRunListItem } from '../../adapters/http/contract/runs.js';
import type { Answer } from './answers.js';
import { addressOf, type Cancelable, request } from './request.js';

export type { RunEventItem, RunItem, RunListItem, StoredRunListItem };
export type RunStatus = RunListItem['status'];
export type RunTrigger = RunListItem['trigger'];

export interface RunFilter {
  readonly scriptId?: string;
  readonly status?: RunStatus;
  readonly trigger?: RunTrigger;
  /** 1–200 */
  readonly limit?: number;
  /** `nextCursor` of the page before */
  readonly cursor?: string;
}

interface RunPage {
  readonly items: readonly StoredRunListItem[];
  readonly nextCursor?: string;
}

/** Without their output. */
export const listRuns = (filter: RunFilter = {}, options?: Cancelable): Promise<RunPage> =>
  request('GET', 'scripts/runs', { query: { ...filter, view: 'summary' }, ...options });

export const getRun = async (runId: string, options?: Cancelable): Promise<RunItem> =>
  (await request<Answer<'getRun'>>('GET', `scripts/runs/${runId}`, options)).item;

/** Ends a run; asked again while it is ending, ends it at once. @returns the run as it is now */
export const cancelRun = async (runId: string, options?: Cancelable): Promise<RunItem> =>
  (await request<Answer<'cancelRun'>>('POST', `scripts/runs/${runId}/cancel`, options)).item;

/** Ends what an ended run has left running. @returns the run, whose leftovers say what is gone */
export const endLeftovers = async (runId: string, options?: Cancelable): Promise<RunItem> =>
  (await request<Answer<'endLeftovers'>>('POST', `scripts/runs/${runId}/leftovers/end`, options)).item;

/**
 * A page of a run's events: after `since`, or the last ones before `before`; by seq, ascending. It may be shorter than `limit` where events
 * are large; there are no more when it is empty or ends with `done`.
 */
export const readEvents = async (
  runId: string,
  page: { since?: number; before?: number; limit?: number },
  options?: Cancelable,
): Promise<readonly RunEventItem[]> =>
  (await request<Answer<'readEvents'>>('GET', `scripts/runs/${runId}/events`, { query: { ...page }, ...options }))
    .items;

/** The server reads a whole log for so long at most. */
const READS_LOG_MS = 10_000;

export interface OutputQuery {
  readonly q: string;
  readonly case?: '0' | '1';
  readonly stream?: 'stdout' | 'stderr';
  /** A line: the lines nearest to it are answered, half of them before it. */
  readonly around?: number;
  readonly limit?: number;
}

/** Lines of the stored output that hold a text. `complete` is false when the search ran out of time. */
export const searchOutput = (
  runId: string,
  query: OutputQuery,
  options?: Cancelable,
): Promise<Answer<'searchOutput'>> =>
  request('GET', `scripts/runs/${runId}/search`, { query: { ...query }, worksMs: READS_LOG_MS, ...options });

/** Which lines of the stored output begin in which events, up to `lastSeq`. */
export const outlineOutput = (runId: string, options?: Cancelable): Promise<Answer<'outlineOutput'>> =>
  request('GET', `scripts/runs/${runId}/outline`, { worksMs: READS_LOG_MS, ...options });

/** Where the stored output of a run is, as text. */
export const outputAddress = (
  runId: string,
  query: { stream?: 'stdout' | 'stderr'; download?: '1'; system?: '1'; raw?: '1' } = {},
): string => addressOf(`scripts/runs/${runId}/log`, { ...query });

/** For an EventSource: the events of a run after `since`. */
export const runStreamAddress = (runId: string, since = 0): string =>
  addressOf(`scripts/runs/${runId}/stream`, since === 0 ? {} : { since });

/** For an EventSource: `run` events, each a run whose status changed. */
export const runsStreamAddress = (): string => addressOf('scripts/runs/stream');
