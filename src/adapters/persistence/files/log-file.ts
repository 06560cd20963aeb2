import { decodeEvent, type EncodedEvent } from '../../../domain/run/run-event.js';
import { HEAD_BYTES, NEWLINE, readHead, type LineHead } from './log-lines.js';

/** Most lines are shorter. */
const LINE_BYTES = 20 * 1024;
/** A chunk of a search, of which most probes need one. */
const SEARCH_BYTES = 32 * 1024;
/** A search ends this near to what it looks for; the rest is read through. */
const NEAR_BYTES = 64 * 1024;
/** Read at once when a whole log is checked. */
const CHECKED_BYTES = 256 * 1024;
/** Read at once at most, and one line more. */
const PAGE_BYTES = 256 * 1024;
/** No line of ours is this long: what goes on for longer is damage, and is not taken into memory. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/** An open file: Node's FileHandle is one. */
export interface LogBytes {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ buffer: Buffer; bytesRead: number }>;
  stat(): Promise<{ size: number }>;
}

export interface EventPage {
  readonly events: readonly EncodedEvent[];
  /** Where the event after the last of them begins. */
  readonly offset: number;
  /** What begins there is not the next event: `seq` of the last event before it. Null: it may be. */
  readonly damagedAfter: number | null;
}

/** A place between two lines, and `seq` of the event before it; null where that is not known. */
export interface LogPlace {
  readonly offset: number;
  readonly seq: number | null;
}

export const LOG_START: LogPlace = { offset: 0, seq: 0 };

/**
 * Events with `seq` > `after` that begin before the offset `end`: Infinity, or up to where there have to be whole events. Without an `end` a
 * last line without its newline is not there yet.
 * @param from where the line of the next event begins, or of an earlier one.
 * @param after at least 0.
 */
export const readEvents = async (
  file: LogBytes,
  range: { from: LogPlace; end: number; after: number; limit: number; maxBytes: number },
): Promise<EventPage> => {
  const { end, after, limit, maxBytes } = range;
  const events: EncodedEvent[] = [];
  const isFull = (): boolean => events.length >= limit || taken >= maxBytes;
  let taken = 0;
  let { offset, seq: previous } = range.from;
  let size = Math.min(maxBytes, PAGE_BYTES) + LINE_BYTES;
  for (;;) {
    const chunk = await readAt(file, offset, Math.min(size, end - offset));
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1 && !isFull(); newline = chunk.indexOf(NEWLINE, start)) {
      const json = chunk.toString('utf8', start, newline);
      const head = readHead(json);
      const isNext = head && (previous === null ? head.seq <= after + 1 : head.seq === previous + 1);
      if (!isNext || !decodeEvent(json)) {
        return { events, offset: offset + start, damagedAfter: previous ?? (head ? head.seq - 1 : 0) };
      }
      if (head.seq > after) {
        events.push({ seq: head.seq, type: head.type, json });
        taken += newline - start;
      }
      previous = head.seq;
      start = newline + 1;
    }
    offset += start;
    if (isFull()) return { events, offset, damagedAfter: null };
    if (chunk.length < size) return { events, offset, damagedAfter: isShort(offset, end) ? (previous ?? 0) : null };
    if (start > 0) continue;
    if (size >= LINE_BYTES_MAX) return { events, offset, damagedAfter: previous ?? 0 };
    size *= 4; // for a line that is longer
  }
};

/** Up to `end` there were whole events once. */
const isShort = (offset: number, end: number): boolean => end !== Infinity && offset < end;

/**
 * Where a line begins that holds the event `seq` or one shortly before it. `seq` ascends, so that it is found by halving.
 * @param end offset to search up to; Infinity for the whole file.
 */
export const seek = async (file: LogBytes, seq: number, end: number): Promise<LogPlace> => {
  if (seq <= 1) return LOG_START;
  let low = 0;
  let high = Math.min(end, (await file.stat()).size);
  while (high - low > NEAR_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const line = await firstLineAfter(file, middle, high);
    if (line && line.seq <= seq) low = line.offset;
    else high = middle;
  }
  return low === 0 ? LOG_START : { offset: low, seq: null };
};

/** `seq` of the event in the last whole line, 0 without any; where that line is no event, of the last one in order from the start. */
export const lastSeqOf = async (file: LogBytes): Promise<number> => {
  const newline = await lastNewline(file, (await file.stat()).size);
  if (newline === -1) return 0;
  const head = await readHeadAt(file, (await lastNewline(file, newline)) + 1);
  return head ? head.seq : (await wholeEvents(file)).lastSeq;
};

/** How far the file holds whole events in order. All of it is read: after a power cut, any part may be missing. */
export const wholeEvents = async (file: LogBytes): Promise<{ end: number; lastSeq: number }> => {
  let place = { offset: 0, seq: 0 };
  for (;;) {
    const range = { from: place, end: Infinity, after: place.seq, limit: Infinity, maxBytes: CHECKED_BYTES };
    const { events, offset, damagedAfter } = await readEvents(file, range);
    place = { offset, seq: events.at(-1)?.seq ?? place.seq };
    if (damagedAfter !== null || events.length === 0) return { end: offset, lastSeq: place.seq };
  }
};

/** Fewer bytes than `length` only where the file ends. */
const readAt = async (file: LogBytes, offset: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
};

const readHeadAt = async (file: LogBytes, offset: number): Promise<LineHead | null> =>
  readHead((await readAt(file, offset, HEAD_BYTES)).toString('latin1'));

const firstLineAfter = async (
  file: LogBytes,
  from: number,
  end: number,
): Promise<{ seq: number; offset: number } | null> => {
  for (let offset = from; offset < end; offset += SEARCH_BYTES) {
    const chunk = await readAt(file, offset, SEARCH_BYTES);
    const newline = chunk.indexOf(NEWLINE);
    if (newline === -1) continue;
    const start = offset + newline + 1;
    if (start >= end) return null;
    const inChunk = chunk.toString('latin1', newline + 1, newline + 1 + HEAD_BYTES);
    const head = readHead(inChunk) ?? (await readHeadAt(file, start));
    return head && { seq: head.seq, offset: start };
  }
  return null;
};

/** Offset of the last newline before `before`, -1 without any. */
const lastNewline = async (file: LogBytes, before: number): Promise<number> => {
  for (let end = before; end > 0; end -= SEARCH_BYTES) {
    const start = Math.max(0, end - SEARCH_BYTES);
    const newline = (await readAt(file, start, end - start)).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline;
  }
  return -1;
};
