import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from './icons.js';
import './ui-icon.js';

/** Says that there is nothing, why, and (in its slot) what to do about it. */
@customElement('empty-state')
export class EmptyState extends LitElement {
  static override styles = css`
    :host {
      display: grid;
      justify-items: center;
      gap: var(--space-3);
      padding: var(--space-12) var(--space-4);
      text-align: center;
      color: var(--color-text-muted);
    }
    .picture {
      display: grid;
      place-items: center;
      inline-size: 40px;
      block-size: 40px;
      border: 1px solid var(--color-border);
      border-radius: var(--radius-large);
      background: var(--color-surface);
    }
    .picture ui-icon {
      font-size: 1.25rem;
    }
    h1,
    strong {
      margin: 0;
      color: var(--color-text);
      font-size: var(--text-medium);
      font-weight: 600;
    }
    ::slotted(*) {
      max-inline-size: 60ch;
    }
  `;

  @property() heading = '';
  @property() icon: IconName = 'info';
  /** It is all that the screen shows, so that its heading is the screen's. */
  @property({ type: Boolean }) whole = false;

  override render() {
    const heading = this.whole ? html`<h1 tabindex="-1">${this.heading}</h1>` : html`<strong>${this.heading}</strong>`;
    return html`<span class="picture"><ui-icon name=${this.icon}></ui-icon></span>${heading}<slot></slot>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'empty-state': EmptyState;
  }
}
