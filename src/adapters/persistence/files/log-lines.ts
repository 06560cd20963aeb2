import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { eventFrame } from '../../event-frame.js';

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

export const toLines = (events: readonly EncodedEvent[]): Buffer => {
  const lines = events.map((event) => eventFrame(event).line);
  return lines.length === 1 && lines[0] ? lines[0] : Buffer.concat(lines);
};
