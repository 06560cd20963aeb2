import type { EncodedEvent } from '../../../domain/run/run-event.js';

/** A log is lines of UTF-8, each an event exactly as `encodeEvent` made it: `seq`, counted without a gap, and `type` stand at its beginning. */
export const NEWLINE = 0x0a;
/** More than the beginning of a line up to the end of `type` can take. */
export const HEAD_BYTES = 64;

const HEAD = /^\{"seq":([1-9]\d{0,15}),"type":"(status|log|done)"/;

export interface LineHead {
  readonly seq: number;
  readonly type: EncodedEvent['type'];
}

/** @param line or its first `HEAD_BYTES`. Null when it is no event's. */
export const readHead = (line: string): LineHead | null => {
  const match = HEAD.exec(line);
  return match && { seq: Number(match[1]), type: match[2] as LineHead['type'] };
};

/** The lines of these events, in memory that the next call uses again: a buffer for each would be fresh memory, until it is collected. */
export const toLines = (events: readonly EncodedEvent[]): Buffer => {
  const most = events.reduce((sum, { json }) => sum + json.length * MOST_BYTES_A_UNIT + 1, 0);
  const into = most <= SHARED.length ? SHARED : Buffer.allocUnsafe(most);
  let end = 0;
  for (const { json } of events) {
    end += into.write(json, end);
    into[end++] = NEWLINE;
  }
  return into.subarray(0, end);
};

/** In UTF-8, of a UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;
const SHARED = Buffer.allocUnsafe(256 * 1024);
