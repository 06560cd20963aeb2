import type { Cursor } from '../../../application/ports/page.js';

/** The order of lists: by time, then by id, both descending. */
export const newestFirst =
  <T extends { readonly id: string }>(time: (item: T) => Date) =>
  (a: T, b: T): number =>
    time(b).getTime() - time(a).getTime() || (a.id < b.id ? 1 : -1);

/** Whether a list goes on with the item after `cursor`. */
export const isAfter = (cursor: Cursor | undefined, at: Date, id: string): boolean =>
  !cursor || at < cursor.at || (at.getTime() === cursor.at.getTime() && id < cursor.id);
