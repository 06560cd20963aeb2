import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isAborted } from '../api/api-error.js';

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
}

export interface PageReader<Item, Filter> {
  /** @throws ApiError */
  read(filter: Filter, cursor: string | undefined, signal?: AbortSignal): Promise<ListPage<Item>>;
  /** Whether `item` stands above `other`. */
  isNewer(item: Item, other: Item): boolean;
}

/** A list as it was left. */
export interface KeptList<Item> {
  readonly items: readonly Item[] | null;
  readonly cursor: string | undefined;
}

/** What fits a filter, the latest first, as far as it was asked for. */
export class PagedList<Item extends { readonly id: string }, Filter> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #reader: PageReader<Item, Filter>;
  protected filter: Filter | null = null;
  #items: readonly Item[] | null = null;
  #cursor: string | undefined;
  #error: unknown = null;
  #asking = new AbortController();
  #loadingMore = false;
  /** How many items are to be read again: what was kept may have changed. */
  #toReread = 0;
  /** What was put while the first page was on its way, which may be older. */
  #meanwhile: (() => void)[] | null = null;

  constructor(host: ReactiveControllerHost, reader: PageReader<Item, Filter>) {
    this.#host = host;
    this.#reader = reader;
    host.addController(this);
  }

  /** Null until the first page has come. */
  get items(): readonly Item[] | null {
    return this.#items;
  }

  get hasMore(): boolean {
    return this.#cursor !== undefined;
  }

  get loadingMore(): boolean {
    return this.#loadingMore;
  }

  /** Why the last attempt failed; null when it did not. */
  get error(): unknown {
    return this.#error;
  }

  /** Begins anew, or with what was kept of it, unless that is the present filter. */
  show(filter: Filter, kept?: KeptList<Item>): void {
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    this.#items = kept?.items ?? null;
    this.#cursor = kept?.cursor;
    this.#toReread = this.#items?.length ?? 0;
    void this.refresh();
  }

  /** For `show` when somebody comes back. */
  keep(): KeptList<Item> {
    return { items: this.#items, cursor: this.#cursor };
  }

  /** Reads the first page again; pages behind it stay, unless they were kept from before. A failure is in `error`. */
  async refresh(): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    await this.read(this.#asking.signal).catch(() => undefined);
  }

  /** @throws ApiError, also kept in `error` */
  async read(signal: AbortSignal): Promise<void> {
    const { filter } = this;
    if (filter === null) return;
    await this.#try(async () => {
      const meanwhile: (() => void)[] = [];
      this.#meanwhile = meanwhile;
      let { items, nextCursor } = await this.#reader.read(filter, undefined, signal);
      while (items.length < this.#toReread && nextCursor !== undefined) {
        const page = await this.#reader.read(filter, nextCursor, signal);
        items = [...items, ...page.items];
        ({ nextCursor } = page);
      }
      if (filter !== this.filter) return; // another one was asked for meanwhile
      this.#toReread = 0;
      if (this.#meanwhile === meanwhile) this.#meanwhile = null;
      const last = items.at(-1);
      const older = this.#items && last ? this.#items.filter((item) => this.#reader.isNewer(last, item)) : [];
      if (older.length === 0) this.#cursor = nextCursor;
      this.#items = [...items, ...older];
      for (const again of meanwhile) again();
    });
  }

  async more(): Promise<void> {
    const { filter } = this;
    if (filter === null || this.#loadingMore || this.#cursor === undefined) return;
    this.#loadingMore = true;
    this.#host.requestUpdate();
    await this.#try(async () => {
      const { items, nextCursor } = await this.#reader.read(filter, this.#cursor);
      if (filter !== this.filter) return;
      const known = new Set(this.#items?.map(({ id }) => id));
      this.#items = [...(this.#items ?? []), ...items.filter(({ id }) => !known.has(id))];
      this.#cursor = nextCursor;
    }).catch(() => undefined);
    this.#loadingMore = false;
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#asking.abort();
  }

  /** Puts an item in its place, or takes it away where it does `fit` no longer. */
  protected put(item: Item, fits: boolean): void {
    this.#meanwhile?.push(() => this.put(item, fits));
    if (!this.#items) return;
    const others = this.#items.filter(({ id }) => id !== item.id);
    const found = others.findIndex((other) => this.#reader.isNewer(item, other));
    const place = found === -1 ? others.length : found;
    // What belongs behind the last one of a list that goes on comes with its page.
    const isBeyond = found === -1 && this.hasMore && others.length === this.#items.length;
    this.#items = fits && !isBeyond ? others.toSpliced(place, 0, item) : others;
    this.#host.requestUpdate();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#error = null;
    } catch (error) {
      if (!isAborted(error)) this.#error = error;
      throw error;
    } finally {
      this.#host.requestUpdate();
    }
  }
}
