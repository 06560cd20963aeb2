import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RunStatus } from '../api/runs.js';
import { STATUS_LOOK } from './run-status.js';
import './ui-icon.js';

/** The status of a run, in a word and a picture. */
@customElement('status-badge')
export class StatusBadge extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: var(--space-1);
      font-weight: 500;
      white-space: nowrap;
      color: var(--tone);
      --tone: var(--color-text-muted);
    }
    :host([data-tone='info']) {
      --tone: var(--color-info);
    }
    :host([data-tone='success']) {
      --tone: var(--color-success);
    }
    :host([data-tone='danger']) {
      --tone: var(--color-danger);
    }
    :host([data-tone='warning']) {
      --tone: var(--color-warning);
    }
    ui-icon {
      font-size: 0.9375rem;
    }
  `;

  @property() status: RunStatus = 'queued';

  override willUpdate(): void {
    this.dataset.tone = STATUS_LOOK[this.status].tone;
  }

  override render() {
    const { icon, word } = STATUS_LOOK[this.status];
    return html`<ui-icon name=${icon} ?spin=${this.status === 'running'}></ui-icon><span>${word}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'status-badge': StatusBadge;
  }
}
