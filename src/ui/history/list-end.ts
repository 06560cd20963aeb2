import { html, nothing } from 'lit';
import { messageOf } from '../api/api-error.js';

/** What stands below a list that is read page by page. */
export const listEnd = (list: { hasMore: boolean; loadingMore: boolean; error: unknown; more(): Promise<void> }) =>
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
