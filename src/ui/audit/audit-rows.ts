import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { AuditItem } from '../api/audit.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { controls } from '../styles/controls.js';
import { tableFrame } from '../styles/table.js';
import { ACTION_LOOK, OUTCOME_WORDS } from './audit-words.js';
import { auditRowsStyles } from './audit-rows-styles.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/time-ago.js';
import '../elements/ui-icon.js';

/** Who did what, as a table, and as cards where the window is narrow. */
@customElement('audit-rows')
export class AuditRows extends LitElement {
  static override styles = [controls, tableFrame, auditRowsStyles];

  @property({ attribute: false }) items: readonly AuditItem[] = [];

  override render() {
    return html`<div role="table" aria-label="Audit trail">
      <div role="row" class="heads">
        <span role="columnheader">What</span><span role="columnheader">Script</span><span role="columnheader">Who</span
        ><span role="columnheader">When</span><span role="columnheader">Outcome</span
        ><span role="columnheader">Details</span>
      </div>
      ${repeat(
        this.items,
        ({ id }) => id,
        (item) => this.#row(item),
      )}
    </div>`;
  }

  #row(item: AuditItem) {
    const { action, outcome, actor, address } = item;
    const look = ACTION_LOOK[action];
    return html`<div role="row" class="item ${outcome}">
      <span role="cell" class="what"><ui-icon name=${look.icon}></ui-icon>${look.word}</span>
      <span role="cell" class="script">${this.#script(item)}</span>
      <span role="cell" class="who"
        ><span class="name">${showBidiControls(actor.name || actor.type)}</span
        >${address === null ? nothing : html`<span class="muted address">${address}</span>`}</span
      >
      <span role="cell" class="when"><time-ago stacked .time=${item.at}></time-ago></span>
      <span role="cell" class="outcome">${OUTCOME_WORDS[outcome]}</span>
      <span role="cell" class="details">${this.#details(item)}</span>
    </div>`;
  }

  #script({ entity }: AuditItem) {
    if (!entity) return nothing;
    const name = showBidiControls(entity.name ?? entity.id ?? 'not named');
    return entity.id === null ? name : html`<a href=${pageAddress(to.script(entity.id))}>${name}</a>`;
  }

  #details({ runId, changes, code, count }: AuditItem) {
    return html`${runId === null ? nothing : html`<a href=${pageAddress(to.run(runId))}>run</a>`}
    ${changes.length === 0 ? nothing : html`<span class="changes">${changes.join(', ')}</span>`}
    ${code === null ? nothing : html`<code>${code}</code>`}
    ${count > 1 ? html`<span class="tag warning">${count} times within a minute</span>` : nothing}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'audit-rows': AuditRows;
  }
}
