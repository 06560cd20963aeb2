import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import '../elements/ui-icon.js';
import type { SearchState } from './log-search.js';

export type SearchWish = { text: string } | { matchCase: boolean } | { step: 'next' | 'previous' };

/** The field for what is looked for, with what came of it. Asks by `log-search` events. */
@customElement('log-search-box')
export class LogSearchBox extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 2px;
        min-inline-size: 0;
      }
      .input {
        flex: 1 1 auto;
        inline-size: 200px;
        min-inline-size: 80px;
        min-block-size: var(--control-height-small);
      }
      .count {
        min-inline-size: 64px;
        padding-inline: var(--space-1);
        text-align: end;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
      @media (max-width: 640px) {
        .input {
          inline-size: 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) state: SearchState | null = null;
  @property({ attribute: false }) ordinal: number | null = null;
  @query('input') private input!: HTMLInputElement;

  override focus(): void {
    this.input.focus();
    this.input.select();
  }

  override render() {
    const found = this.state?.result?.total ?? 0;
    return html`
      <input
        class="input"
        type="search"
        placeholder="Search the log"
        aria-label="Search the log"
        maxlength="1000"
        autocomplete="off"
        spellcheck="false"
        .value=${this.state?.text ?? ''}
        @input=${() => this.#ask({ text: this.input.value })}
        @keydown=${this.#onKey}
      />
      <button
        class="button quiet small"
        aria-pressed=${this.state?.matchCase ?? false}
        title="Match case"
        aria-label="Match case"
        @click=${() => this.#ask({ matchCase: !this.state?.matchCase })}
      >
        Aa
      </button>
      ${
        this.state === null || this.state.text === ''
          ? nothing
          : html`<span class="count small muted" role="status">${this.#count()}</span>
              ${this.#stepButton('previous', 'chevron-up', found)} ${this.#stepButton('next', 'chevron-down', found)}`
      }
    `;
  }

  #stepButton(step: 'next' | 'previous', icon: 'chevron-up' | 'chevron-down', found: number) {
    return html`<button
      class="button quiet icon small"
      aria-label=${step === 'next' ? 'Next match' : 'Previous match'}
      title=${step === 'next' ? 'Next match (Enter)' : 'Previous match (Shift+Enter)'}
      ?disabled=${found === 0}
      @click=${() => this.#ask({ step })}
    >
      <ui-icon name=${icon}></ui-icon>
    </button>`;
  }

  #count(): string {
    const { state } = this;
    if (!state) return '';
    if (state.error !== null) return state.error;
    if (!state.result) return state.searching ? 'searching …' : '';
    const { total, complete } = state.result;
    if (total === 0) return complete ? 'not found' : 'not found in what could be searched';
    const of = `${total.toLocaleString('en')}${complete ? '' : '+'}`;
    return this.ordinal === null ? `${of} found` : `${this.ordinal.toLocaleString('en')} of ${of}`;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'Enter') this.#ask({ step: event.shiftKey ? 'previous' : 'next' });
    else if (event.key === 'Escape' && this.state?.text !== '') this.#ask({ text: '' });
    else return;
    event.preventDefault();
  };

  #ask(wish: SearchWish): void {
    this.dispatchEvent(new CustomEvent<SearchWish>('log-search', { detail: wish, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'log-search-box': LogSearchBox;
  }
  interface HTMLElementEventMap {
    'log-search': CustomEvent<SearchWish>;
  }
}
