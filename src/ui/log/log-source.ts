import type { RunEventItem } from '../api/runs.js';
import type { LogStream } from './log-event.js';

/** A stretch of the stored log; what the server's outline says of it. */
export interface SectionOutline {
  readonly seq: number;
  readonly line: number;
  readonly begins: Readonly<Record<LogStream, number>>;
  readonly open: readonly LogStream[];
}

export interface LogMatch {
  readonly line: number;
  /** Of the line, where the server found it. */
  readonly text?: string;
}

export interface LogSearchResult {
  readonly items: readonly LogMatch[];
  /** All that there are. */
  readonly total: number;
  /** How many of them come before the first of `items`. */
  readonly skipped: number;
  /** False when the search ran out of time, or the rest of the log cannot be read. */
  readonly complete: boolean;
}

export interface LogQuery {
  readonly text: string;
  readonly matchCase: boolean;
  /** Only lines of this stream. */
  readonly stream?: 'stdout' | 'stderr';
  /** The matches nearest to this line are wanted. */
  readonly around: number;
}

/** Where a log comes from, for what the page does not hold. */
export interface LogSource {
  /** Events after `since`: one page, of 200 events or of fewer that are large. None at the end of the log. @throws ApiError */
  events(since: number, signal: AbortSignal): Promise<readonly RunEventItem[]>;
  /** @throws ApiError */
  search(query: LogQuery, signal: AbortSignal): Promise<LogSearchResult>;
  /** The whole output as text, of one stream or of both; null when it has more than `most` bytes. @throws ApiError */
  text(stream: 'stdout' | 'stderr' | undefined, most: number): Promise<string | null>;
  /** Where the whole output is, as a file. */
  readonly downloadAddress: string;
  /** The same, byte by byte as it was printed. */
  readonly bytesAddress: string;
}
