/** A place in a list ordered by time then id, both descending: what follows is older. */
export interface Cursor {
  readonly at: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last one. */
  readonly next: Cursor | null;
}

/** @param items up to `limit + 1` items as a store read them. */
export const toPage = <T>(items: readonly T[], limit: number, cursorOf: (item: T) => Cursor): Page<T> => {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, next: items.length > limit && last !== undefined ? cursorOf(last) : null };
};
