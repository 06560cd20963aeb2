import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from '../elements/icons.js';
import '../elements/ui-icon.js';

type Tone = 'info' | 'warning' | 'danger';

const ICON: Readonly<Record<Tone, IconName>> = { info: 'info', warning: 'warning', danger: 'alert' };

/** Something that the admin should know about the whole form, with what can be done about it in the slot `actions`. */
@customElement('editor-note')
export class EditorNote extends LitElement {
  static override styles = css`
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--space-2) var(--space-3);
      margin-block-end: var(--space-4);
      padding: var(--space-2) var(--space-3);
      border-radius: var(--radius);
      background: var(--color-info-soft);
      --tone: var(--color-info);
    }
    :host([tone='warning']) {
      background: var(--color-warning-soft);
      --tone: var(--color-warning);
    }
    :host([tone='danger']) {
      background: var(--color-danger-soft);
      --tone: var(--color-danger);
    }
    ui-icon {
      color: var(--tone);
    }
    .text {
      flex: 1 1 260px;
      min-inline-size: 0;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-2);
    }
  `;

  @property({ reflect: true }) tone: Tone = 'info';

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', this.tone === 'danger' ? 'alert' : 'status');
  }

  override render() {
    return html`<ui-icon name=${ICON[this.tone]}></ui-icon>
      <div class="text"><slot></slot></div>
      <div class="actions"><slot name="actions"></slot></div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'editor-note': EditorNote;
  }
}
