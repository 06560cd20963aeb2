import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import { type Encoding, ENCODINGS, isEncoding } from './encodings.js';

/** Says that an output is not UTF-8 and lets the reader choose what it is. Asks by `log-encoding` events. */
@customElement('log-encoding')
export class LogEncoding extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        padding: var(--space-1) var(--space-3);
        border-block-end: 1px solid var(--color-border);
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
      .select {
        min-block-size: var(--control-height-small);
        padding: 0 var(--space-1);
        font-size: var(--text-small);
      }
    `,
  ];

  @property({ attribute: false }) encoding: Encoding = 'utf-8';
  /** The output is too long to be read again. */
  @property({ type: Boolean }) tooLong = false;
  /** Where its bytes are. */
  @property({ attribute: false }) bytesAddress: string | null = null;

  override render() {
    return html`
      <span
        >${this.encoding === 'utf-8' ? 'Some of this output is not text in UTF-8.' : 'Shown in another encoding.'}</span
      >
      ${this.tooLong ? html`<span>It is too long to be read in another encoding here.</span>` : this.#select()}
      ${this.bytesAddress === null ? '' : html`<a href=${this.bytesAddress} download>Exact bytes</a>`}
    `;
  }

  #select() {
    return html`<label
      >Read it as
      <select class="select" aria-label="Encoding" .value=${this.encoding} @change=${this.#onChange}>
        ${Object.entries(ENCODINGS).map(
          ([label, name]) => html`<option value=${label} ?selected=${label === this.encoding}>${name}</option>`,
        )}
      </select></label
    >`;
  }

  readonly #onChange = ({ currentTarget }: Event): void => {
    const { value } = currentTarget as HTMLSelectElement;
    if (!isEncoding(value)) return;
    this.dispatchEvent(new CustomEvent<Encoding>('log-encoding', { detail: value, bubbles: true, composed: true }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'log-encoding': LogEncoding;
  }
  interface HTMLElementEventMap {
    'log-encoding': CustomEvent<Encoding>;
  }
}
