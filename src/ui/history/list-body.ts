import { html, nothing, type TemplateResult } from 'lit';
import { messageOf } from '../api/api-error.js';
import type { PagedList } from './paged-list.js';
import '../elements/empty-state.js';

interface Parts<Item> {
  /** As in “Reading the runs…”. */
  readonly name: string;
  readonly rows: (items: readonly Item[]) => TemplateResult;
  /** Stands where there is nothing at all. */
  readonly empty: TemplateResult;
  /** Of a filter that leaves nothing: what is said, and what takes it off. Null without a filter. */
  readonly filtered: { readonly heading: string; readonly showAll: () => void } | null;
}

/** What a screen shows of a list that is read page by page: rows, or why there are none. */
export const listBody = <Item extends { readonly id: string }, Filter>(
  list: PagedList<Item, Filter>,
  { name, rows, empty, filtered }: Parts<Item>,
) => {
  const { items, error } = list;
  if (!items) {
    if (error === null) return html`<div class="waiting" aria-busy="true">Reading the ${name}…</div>`;
    return html`<empty-state icon="alert" heading="The ${name} could not be read">
      <p>${messageOf(error)}</p>
      <button class="button" @click=${() => list.refresh()}>Try again</button>
    </empty-state>`;
  }
  if (items.length > 0) return html`${rows(items)}${listEnd(list)}`;
  if (!filtered) return empty;
  return html`<empty-state icon="filter" heading=${filtered.heading}>
    <button class="button" @click=${filtered.showAll}>Show all</button>
  </empty-state>`;
};

/** What stands below the rows. */
const listEnd = (list: { hasMore: boolean; loadingMore: boolean; error: unknown; more(): Promise<void> }) =>
  html`<div class="after">
    ${list.error === null ? nothing : html`<span role="alert">The list is not up to date: ${messageOf(list.error)}</span>`}
    ${
      list.hasMore
        ? html`<button class="button" ?disabled=${list.loadingMore} @click=${() => list.more()}>
            ${list.loadingMore ? 'Reading…' : 'Show more'}
          </button>`
        : nothing
    }
  </div>`;
