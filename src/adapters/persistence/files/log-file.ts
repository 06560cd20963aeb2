import type { FileHandle } from 'node:fs/promises';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
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

export interface EventPage {
  readonly events: readonly EncodedEvent[];
  /** Where the event after the last of them begins. */
  readonly offset: number;
  /** What begins there is not the next event. */
  readonly damaged: boolean;
}

/**
 * Events with `seq` > `after` that begin before the offset `end`. A last line without its newline is not there yet.
 * @param from where the line of the next event begins, or of an earlier one.
 * @param after at least 0.
 */
export const readEvents = async (
  file: FileHandle,
  { from, end, after, limit, maxBytes }: { from: number; end: number; after: number; limit: number; maxBytes: number },
): Promise<EventPage> => {
  const events: EncodedEvent[] = [];
  const isFull = (): boolean => events.length >= limit || taken >= maxBytes;
  let taken = 0;
  let offset = from;
  let previous: number | null = null;
  let size = Math.min(maxBytes, PAGE_BYTES) + LINE_BYTES;
  for (;;) {
    const chunk = await readAt(file, offset, Math.min(size, end - offset));
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1 && !isFull(); newline = chunk.indexOf(NEWLINE, start)) {
      const json = chunk.toString('utf8', start, newline);
      const head = readHead(json);
      const isNext = head && (previous === null ? head.seq <= after + 1 : head.seq === previous + 1);
      if (!isNext) return { events, offset: offset + start, damaged: true };
      if (head.seq > after) {
        events.push({ seq: head.seq, type: head.type, json });
        taken += newline - start;
      }
      previous = head.seq;
      start = newline + 1;
    }
    offset += start;
    if (isFull() || chunk.length < size) return { events, offset, damaged: false };
    if (start > 0) continue;
    if (size >= LINE_BYTES_MAX) return { events, offset, damaged: true };
    size *= 4; // for a line that is longer
  }
};

/**
 * Where a line begins that holds the event `seq` or one shortly before it. `seq` ascends, so that it is found by halving.
 * @param end offset to search up to; Infinity for the whole file.
 */
export const seek = async (file: FileHandle, seq: number, end: number): Promise<number> => {
  if (seq <= 1) return 0;
  let low = 0;
  let high = Math.min(end, (await file.stat()).size);
  while (high - low > NEAR_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const line = await firstLineAfter(file, middle, high);
    if (line && line.seq <= seq) low = line.offset;
    else high = middle;
  }
  return low;
};

/** `seq` of the event in the last whole line before the offset `size`, 0 without any, null when that line is no event. */
export const lastSeqOf = async (file: FileHandle, size: number): Promise<number | null> => {
  const newline = await lastNewline(file, size);
  if (newline === -1) return 0;
  const head = await readHeadAt(file, (await lastNewline(file, newline)) + 1);
  return head === null ? null : head.seq;
};

/** How far the file holds whole events in order. All of it is read: after a power cut, any part may be missing. */
export const wholeEvents = async (file: FileHandle): Promise<{ end: number; lastSeq: number }> => {
  let end = 0;
  let lastSeq = 0;
  for (;;) {
    const range = { from: end, end: Infinity, after: lastSeq, maxBytes: CHECKED_BYTES };
    const page = await readEvents(file, { ...range, limit: Infinity });
    const broken = page.events.findIndex(({ json }) => !isJson(json));
    const whole = broken === -1 ? page : await readEvents(file, { ...range, limit: broken });
    end = whole.offset;
    lastSeq = whole.events.at(-1)?.seq ?? lastSeq;
    if (broken !== -1 || page.events.length === 0) return { end, lastSeq };
  }
};

/** Fewer bytes than `length` only where the file ends. */
const readAt = async (file: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
};

const readHeadAt = async (file: FileHandle, offset: number): Promise<LineHead | null> =>
  readHead((await readAt(file, offset, HEAD_BYTES)).toString('latin1'));

const firstLineAfter = async (
  file: FileHandle,
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
const lastNewline = async (file: FileHandle, before: number): Promise<number> => {
  for (let end = before; end > 0; end -= SEARCH_BYTES) {
    const start = Math.max(0, end - SEARCH_BYTES);
    const newline = (await readAt(file, start, end - start)).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline;
  }
  return -1;
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
