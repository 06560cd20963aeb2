import type { Cursor, Page } from '../../../application/ports/page.js';
import { encodeCursor } from '../cursor.js';

/** A page is read from the store in parts of so many items, as lists are asked for by default, and then in as many as have so many bytes. */
const FIRST_ITEMS = 50;
const PART_BYTES = 256 * 1024;
const LARGE_CHARACTERS = 64 * 1024;

/** The parts of `{"items":[…],…}`. @param rest what follows the items, known once they have been read */
export async function* jsonList(
  items: AsyncIterable<string | Buffer> | Iterable<string>,
  rest: () => object = () => ({}),
): AsyncGenerator<string | Buffer> {
  yield '{"items":[';
  let isFirst = true;
  for await (const item of items) {
    if (!isFirst) yield ',';
    yield item;
    isFirst = false;
  }
  const names = JSON.stringify(rest()).slice(1);
  yield names === '}' ? ']}' : `],${names}`;
}

export interface PagedList<T> {
  readonly limit: number;
  readonly cursor: Cursor | undefined;
  readonly list: (part: { limit: number; cursor?: Cursor }) => Promise<Page<T>>;
  readonly present: (item: T) => object;
  readonly cursorOf: (item: T) => Cursor;
}

/** The parts of a page of a list, read from the store as they are taken. */
export const pagedList = <T>(query: PagedList<T>): AsyncGenerator<string | Buffer> => {
  let next: Cursor | null = null;
  async function* items(): AsyncGenerator<string> {
    let { cursor } = query;
    let count = FIRST_ITEMS;
    for (let left = query.limit; left > 0;) {
      const part = await readPart(query, Math.min(count, left), cursor);
      yield* part.items;
      ({ next } = part);
      if (next === null) return;
      cursor = next;
      left -= part.items.length;
      count = Math.max(1, Math.floor((PART_BYTES * part.items.length) / part.bytes));
    }
  }
  return jsonList(items(), () => (next ? { nextCursor: encodeCursor(next) } : {}));
};

/** As many items as have `PART_BYTES`; what else was read is forgotten, so that nothing but their text waits for the client. */
const readPart = async <T>(
  { list, present, cursorOf }: PagedList<T>,
  limit: number,
  cursor: Cursor | undefined,
): Promise<{ items: string[]; bytes: number; next: Cursor | null }> => {
  const page = await list({ limit, ...(cursor && { cursor }) });
  const items: string[] = [];
  let bytes = 0;
  for (const item of page.items) {
    const text = JSON.stringify(present(item));
    items.push(text);
    bytes += text.length;
    if (bytes >= PART_BYTES && items.length < page.items.length) return { items, bytes, next: cursorOf(item) };
  }
  return { items, bytes, next: page.next };
};

/** The JSON of the items of all batches, one by one. */
export async function* jsonOfEach<T>(
  batches: AsyncIterable<readonly T[]>,
  present: (item: T) => object,
): AsyncGenerator<string | Buffer> {
  const iterator = batches[Symbol.asyncIterator]();
  try {
    // Nothing but the text of a batch is held on to while it waits for the client.
    const nextTexts = async (): Promise<(string | Buffer)[] | null> => {
      const next = await iterator.next();
      return next.done ? null : next.value.map((item) => textOf(present(item)));
    };
    for (let texts = await nextTexts(); texts; texts = await nextTexts()) yield* texts;
  } finally {
    await iterator.return?.();
  }
}

/** Bytes where it is large: they are outside of the heap, and half as many as those of a text with any other than Latin characters. */
const textOf = (item: object): string | Buffer => {
  const text = JSON.stringify(item);
  return text.length > LARGE_CHARACTERS ? Buffer.from(text) : text;
};
