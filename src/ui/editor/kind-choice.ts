import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { controls } from '../styles/controls.js';
import { findKind, type Kind, KINDS, type KindId } from './kinds.js';
import '../elements/ui-icon.js';

/** What a script is written in and where it runs, and what it may therefore do. */
@customElement('kind-choice')
export class KindChoice extends LitElement {
  static override styles = [
    controls,
    css`
      fieldset {
        min-inline-size: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-block-end: var(--space-1);
        padding: 0;
        font-weight: 500;
      }
      .choices {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(130px, 1fr));
        gap: var(--space-2);
      }
      label {
        position: relative;
        display: grid;
        grid-template-columns: auto 1fr;
        align-items: center;
        gap: 0 var(--space-2);
        padding: var(--space-2) var(--space-3);
        border: 1px solid var(--color-border-strong);
        border-radius: var(--radius);
        background: var(--color-surface);
        cursor: pointer;
      }
      label:hover {
        background: var(--color-hover);
      }
      label:has(:checked) {
        border-color: var(--color-accent-solid);
        box-shadow: inset 0 0 0 1px var(--color-accent-solid);
        background: var(--color-selected);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--color-focus);
        outline-offset: 2px;
      }
      label ui-icon {
        grid-row: span 2;
        color: var(--color-text-muted);
      }
      label:has(:checked) ui-icon {
        color: var(--color-accent);
      }
      .word {
        font-weight: 500;
        line-height: 1.3;
      }
      .where {
        color: var(--color-text-muted);
        font-size: var(--text-small);
        line-height: 1.3;
      }
      input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      .may {
        display: flex;
        gap: var(--space-2);
        margin-block-start: var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--color-sunken);
        font-size: var(--text-small);
      }
      .may ui-icon {
        margin-block-start: 1px;
      }
      .may.on-host {
        background: var(--color-warning-soft);
      }
      .may.on-host ui-icon {
        color: var(--color-warning);
      }
      .error {
        margin-block-start: var(--space-1);
        color: var(--color-danger);
        font-size: var(--text-small);
      }
    `,
  ];

  @property() value: KindId | '' = '';
  @property() error = '';

  override focus(): void {
    const radio = this.renderRoot.querySelector<HTMLElement>(':checked') ?? this.renderRoot.querySelector('input');
    radio?.focus();
  }

  override render() {
    const chosen = findKind(this.value);
    return html`<fieldset aria-describedby="error may">
      <legend>Type and runner</legend>
      <div class="choices">${KINDS.map((kind) => this.#choice(kind))}</div>
      <p class="error" id="error">${this.error}</p>
      ${
        chosen
          ? html`<p class="may ${chosen.onHost ? 'on-host' : ''}" id="may">
              <ui-icon name=${chosen.onHost ? 'warning' : 'info'}></ui-icon><span>${chosen.may}</span>
            </p>`
          : nothing
      }
    </fieldset>`;
  }

  #choice({ id, icon, word, where }: Kind) {
    return html`<label>
      <ui-icon name=${icon}></ui-icon>
      <span class="word">${word}</span>
      <span class="where">${where}</span>
      <input
        type="radio"
        name="kind"
        value=${id}
        aria-invalid=${this.error !== ''}
        .checked=${live(id === this.value)}
        @change=${() => this.#choose(id)}
      />
    </label>`;
  }

  #choose(id: Kind['id']): void {
    this.value = id as KindId;
    this.dispatchEvent(new CustomEvent('kind-change', { detail: this.value, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kind-choice': KindChoice;
  }
  interface HTMLElementEventMap {
    'kind-change': CustomEvent<KindId | ''>;
  }
}
