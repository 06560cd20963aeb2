import { type FileHandle } from 'node:fs/promises';
import { type EncodedEvent } from '../../../domain/run/run-event.js';
import { HEAD_BYTES, NEWLINE, readHead, type LineHead } from './log-lines.js';

/** A chunk of a search. */
const SEARCH_BYTES = 16 * 1024;
/** A search ends this near to what it looks for; the rest is read through. */
const NEAR_BYTES = 64 * 1024;
const PAGE_BYTES = 64 * 1024;
const PAGE_BYTES_MAX = 256 * 1024;

export interface EventPage {
  readonly events: readonly EncodedEvent[];
  /** Where the event after the last of them begins. */
  readonly offset: number;
}

/**
 * Events with `seq` > `after` from the line that begins at `from` on, up to the offset `end`. A last line without its newline is not
 * there yet.
 * @param from the beginning of a line of an event with `seq` <= `after` + 1.
 * @throws Error when a whole line is no event, or not the next one.
 */
export const readEvents = async (
  file: FileHandle,
  { from, end, after, limit, maxBytes }: { from: number; end: number; after: number; limit: number; maxBytes: number },
): Promise<EventPage> => {
  const events: EncodedEvent[] = [];
  let offset = from;
  let taken = 0;
  let previous: LineHead | null = null;
  let size = maxBytes === Infinity ? PAGE_BYTES : Math.min(maxBytes, PAGE_BYTES_MAX) + SEARCH_BYTES;
  const isFull = (): boolean => events.length >= limit || taken >= maxBytes;
  for (;;) {
    const wanted = Math.min(size, end - offset);
    const chunk = await readAt(file, offset, wanted);
    let start = 0;
    while (!isFull()) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline === -1) break;
      const head = readHead(chunk, start);
      if (!head || (previous && head.seq !== previous.seq + 1)) throw damaged(offset + start);
      previous = head;
      if (head.seq > after) {
        events.push({ ...head, json: chunk.toString('utf8', start, newline) });
        taken += newline - start;
      }
      start = newline + 1;
    }
    offset += start;
    if (isFull() || chunk.length < size) return { events, offset };
    if (start === 0) size *= 4;
  }
};

/** Where a line begins that holds the event `seq` or one shortly before it. `seq` ascends, so that it is found by halving. */
export const seek = async (file: FileHandle, seq: number, end: number): Promise<number> => {
  let low = 0;
  let high = end;
  while (high - low > NEAR_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const line = await firstLineAfter(file, middle, high);
    if (line && line.seq <= seq) low = line.offset;
    else high = middle;
  }
  return low;
};

/** The last whole line before the offset `size`: where it begins, and where it ends after its newline. */
export const lastLine = async (file: FileHandle, size: number): Promise<{ start: number; end: number } | null> => {
  const newline = await lastNewline(file, size);
  return newline === -1 ? null : { start: (await lastNewline(file, newline)) + 1, end: newline + 1 };
};

/** `seq` of the event in the last whole line before the offset `size`, 0 without any. */
export const lastSeqOf = async (file: FileHandle, size: number): Promise<number> => {
  const line = await lastLine(file, size);
  if (!line) return 0;
  const head = readHead(await readAt(file, line.start, HEAD_BYTES), 0);
  if (!head) throw damaged(line.start);
  return head.seq;
};

/** Fewer bytes than `length` only where the file ends. */
export const readAt = async (file: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
};

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
    const head = start < end ? readHead(await readAt(file, start, HEAD_BYTES), 0) : null;
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

const damaged = (offset: number): Error =>
  new Error(`the log is damaged: what begins at byte ${offset} is not its next event`);
