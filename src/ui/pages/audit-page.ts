import { css, html, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { type AuditItem, listAudit } from '../api/audit.js';
import { Page } from '../app/page.js';
import { router } from '../app/router.js';
import { to } from '../app/routes.js';
import {
  NO_TRAIL_FILTER,
  readTrailFilter,
  toAuditFilter,
  type TrailFilter,
  writeTrailFilter,
} from '../audit/audit-filter.js';
import { ACTION_WORDS, OUTCOME_WORDS } from '../audit/audit-words.js';
import { choice } from '../elements/choice.js';
import { historyStyles } from '../history/history-styles.js';
import { listBody } from '../history/list-body.js';
import { type KeptList, PagedList } from '../history/paged-list.js';
import { ScriptNames } from '../history/script-names.js';
import { controls, pageFrame } from '../styles/controls.js';
import '../audit/audit-rows.js';
import '../elements/empty-state.js';
import '../elements/ui-icon.js';

type Kept = KeptList<AuditItem>;

/** The audit trail. */
@customElement('audit-page')
export class AuditPage extends Page {
  static override styles = [
    controls,
    pageFrame,
    historyStyles,
    css`
      .days {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      .days label {
        display: inline-flex;
        align-items: center;
        gap: var(--space-2);
        color: var(--color-text-muted);
      }
      .actor {
        inline-size: 140px;
      }
    `,
  ];

  @state() private filter: TrailFilter = NO_TRAIL_FILTER;
  readonly #scripts = new ScriptNames(this);
  readonly #trail = new PagedList<AuditItem, TrailFilter>(this, {
    read: (filter, cursor, signal) =>
      listAudit({ ...toAuditFilter(filter), ...(cursor !== undefined && { cursor }) }, signal && { signal }),
    isNewer: (item, other) => (item.at === other.at ? item.id > other.id : item.at > other.at),
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Audit');
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('location'))
      this.#set(readTrailFilter(this.location.query), this.location.kept as Kept | undefined);
  }

  override keep(): Kept {
    return this.#trail.keep();
  }

  override render() {
    return html`<div class="page-head">
        <h1 tabindex="-1">Audit</h1>
        <div class="actions">
          <button class="button" @click=${() => this.#trail.refresh()}>
            <ui-icon name="refresh"></ui-icon>Refresh
          </button>
        </div>
      </div>
      ${this.#filters()} ${this.#list()}`;
  }

  #filters() {
    const { action, outcome, actor, script, from, to: until } = this.filter;
    const valueOf = ({ target }: Event): string => (target as HTMLInputElement).value;
    const day = (label: string, value: string, choose: (event: Event) => void) =>
      html`<label>${label}<input class="input" type="date" .value=${value} @change=${choose} /></label>`;
    return html`<div class="filters" role="search" aria-label="Filter the trail">
      ${choice('Action', 'Any action', ACTION_WORDS, action, (value) => this.#choose({ action: value }))}
      ${choice('Outcome', 'Any outcome', OUTCOME_WORDS, outcome, (value) => this.#choose({ outcome: value }))}
      ${choice('Script', 'Any script', this.#scripts.including(script), script, (value) => this.#choose({ script: value }))}
      <input
        class="input actor"
        type="text"
        autocomplete="off"
        spellcheck="false"
        placeholder="By whom"
        aria-label="By whom: the whole name"
        .value=${actor}
        @change=${(event: Event) => this.#choose({ actor: valueOf(event).trim() })}
      />
      <span class="days">
        ${day('From', from, (event) => this.#choose({ from: valueOf(event) }))}
        ${day('to', until, (event) => this.#choose({ to: valueOf(event) }))}
      </span>
    </div>`;
  }

  #list() {
    return listBody(this.#trail, {
      name: 'trail',
      rows: (items) => html`<audit-rows .items=${items}></audit-rows>`,
      empty: html`<empty-state icon="shield" heading="Nothing has been done yet">
        <p>
          Whoever creates, changes, deletes, runs or cancels a script is named here, and wrong passwords are counted.
        </p>
      </empty-state>`,
      filtered:
        Object.keys(writeTrailFilter(this.filter)).length > 0
          ? { heading: 'Nothing in the trail is like that', showAll: () => this.#choose(NO_TRAIL_FILTER) }
          : null,
    });
  }

  #choose(change: Partial<TrailFilter>): void {
    this.#set({ ...this.filter, ...change });
    router.note(to.audit(writeTrailFilter(this.filter)));
  }

  #set(filter: TrailFilter, kept?: Kept): void {
    this.filter = filter;
    this.#trail.show(filter, kept);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'audit-page': AuditPage;
  }
}
