import { describe, expect, it } from '@jest/globals';
import { decodeCursor } from '../../../../src/adapters/http/cursor.js';
import { headOfJson } from '../../../../src/adapters/http/edge/head-of-json.js';
import { jsonList, jsonOfEach, pagedList } from '../../../../src/adapters/http/edge/json-list.js';
import { type Cursor, toPage } from '../../../../src/application/ports/page.js';

const textOf = async (parts: AsyncIterable<string | Buffer>): Promise<string> => {
  let text = '';
  for await (const part of parts) text += part.toString();
  return text;
};

interface Item {
  readonly n: number;
  readonly text: string;
}
const cursorOf = ({ n }: Item): Cursor => ({ at: new Date(n), id: n.toString(16).padStart(24, '0') });

/** A store of items, the largest number first, that notes how many are asked for. */
const storeOf = (items: readonly Item[]) => {
  const asked: number[] = [];
  const list = async ({ limit, cursor }: { limit: number; cursor?: Cursor }) => {
    asked.push(limit);
    const from = cursor ? items.findIndex((item) => cursorOf(item).at < cursor.at) : 0;
    return toPage(from === -1 ? [] : items.slice(from, from + limit + 1), limit, cursorOf);
  };
  return { asked, list };
};
const itemsOf = (count: number, length: number): Item[] =>
  Array.from({ length: count }, (_, i) => ({ n: count - i, text: 'x'.repeat(length) }));

describe('a list', () => {
  it.each([
    [[], () => ({}), '{"items":[]}'],
    [['1', '2'], () => ({ nextCursor: 'abc' }), '{"items":[1,2],"nextCursor":"abc"}'],
    [['{}'], () => ({ total: 7, complete: true }), '{"items":[{}],"total":7,"complete":true}'],
  ])('of %j is JSON', async (items, rest, json) => {
    expect(await textOf(jsonList(items, rest))).toBe(json);
  });

  it('has the items of all batches, of texts of any size', async () => {
    const batches = async function* () {
      yield [{ a: 'é'.repeat(100_000) }, { a: '' }];
      yield await Promise.resolve([{ a: 'x' }]);
    };
    const text = await textOf(jsonList(jsonOfEach(batches(), (item) => item)));
    expect(JSON.parse(text)).toEqual({ items: [{ a: 'é'.repeat(100_000) }, { a: '' }, { a: 'x' }] });
  });
});

describe('a page of a list', () => {
  const pageOf = async (items: readonly Item[], limit: number, cursor?: Cursor) => {
    const { asked, list } = storeOf(items);
    const text = await textOf(pagedList({ limit, cursor, list, present: (item) => item, cursorOf }));
    return { asked, page: JSON.parse(text) as { items: Item[]; nextCursor?: string } };
  };

  it.each([0, 1, 49, 50, 51, 199, 200, 201, 500])('of %d small items is what one reading would give', async (count) => {
    const items = itemsOf(count, 100);
    for (const limit of [1, 50, 200]) {
      const { page, asked } = await pageOf(items, limit);
      expect(page.items).toEqual(items.slice(0, limit));
      const next = page.nextCursor === undefined ? null : decodeCursor(page.nextCursor);
      expect(next).toEqual(count > limit ? cursorOf(items[limit - 1]!) : null);
      expect(asked.length).toBeLessThanOrEqual(2);
    }
  });

  it.each([60_000, 300_000])('of items of %d bytes is read a few at a time, and is the same', async (length) => {
    const items = [...itemsOf(60, length)];
    const pages: Item[] = [];
    for (let cursor: Cursor | undefined, more = true; more;) {
      const { page, asked } = await pageOf(items, 25, cursor);
      pages.push(...page.items);
      expect(Math.max(...asked.slice(1))).toBeLessThanOrEqual(5);
      more = page.nextCursor !== undefined;
      if (page.nextCursor !== undefined) cursor = decodeCursor(page.nextCursor);
    }
    expect(pages.map(({ n }) => n)).toEqual(items.map(({ n }) => n));
  });

  it('goes on where small items are followed by large ones', async () => {
    const items = [...itemsOf(160, 200_000).map((item, i) => (i < 100 ? { ...item, text: 'small' } : item))];
    const { page } = await pageOf(items, 160);
    expect(page.items.map(({ n }) => n)).toEqual(items.map(({ n }) => n));
    expect(page.nextCursor).toBeUndefined();
  });
});

describe('the beginning of a text as JSON', () => {
  it.each(['plain', 'é€😀', '\u001b\n"\\', '\ud800x', '😀\udc00', ''])(
    'of %j fits, and is as long as it can be',
    (unit) => {
      const text = unit.repeat(50);
      for (const most of [2, 3, 10, 57, 100, 1000]) {
        const head = headOfJson(text, most);
        expect(text.startsWith(head)).toBe(true);
        expect(Buffer.byteLength(JSON.stringify(head))).toBeLessThanOrEqual(most);
        const [next = ''] = text.slice(head.length);
        if (next !== '') expect(Buffer.byteLength(JSON.stringify(head + next))).toBeGreaterThan(most);
      }
    },
  );
});
