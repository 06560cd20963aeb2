import { css, html, LitElement } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import type { CodeLanguage } from './code-highlighting.js';

/** From this width on there is room for two texts beside each other, px. */
const WIDE = 760;

/** Two texts, with their differences marked. */
@customElement('text-diff')
export class TextDiff extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .frame {
        overflow: auto;
        max-block-size: min(50vh, 480px);
        border: 1px solid var(--color-border);
        border-radius: var(--radius);
        background: var(--color-surface);
      }
      pre {
        margin: 0;
        padding: var(--space-2) var(--space-3);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .titles {
        display: grid;
        grid-template-columns: 1fr 1fr;
        margin-block-end: var(--space-1);
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
    `,
  ];

  @property() older = '';
  @property() newer = '';
  @property() olderLabel = 'Before';
  @property() newerLabel = 'After';
  @property() language: CodeLanguage = 'shell';
  @state() private isPlain = false;
  @state() private sideBySide = false;
  @query('.view') private container!: HTMLElement;
  #view: { destroy(): void } | null = null;

  override firstUpdated(): void {
    void this.#show();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.destroy();
  }

  override render() {
    return html`${
        this.sideBySide
          ? html`<div class="titles"><span>${this.olderLabel}</span><span>${this.newerLabel}</span></div>`
          : html`<p class="muted small">${this.olderLabel} in red, ${this.newerLabel} in green</p>`
      }
      <div class="frame">
        <div class="view"></div>
        ${
          this.isPlain
            ? html`<pre>
${this.olderLabel}:
${this.older}

${this.newerLabel}:
${this.newer}</pre>`
            : ''
        }
      </div>`;
  }

  async #show(): Promise<void> {
    try {
      const { showMergeView } = await import('./merge-view.js');
      if (!this.isConnected) return;
      this.sideBySide = this.clientWidth >= WIDE;
      const { older, newer, olderLabel, newerLabel, language, sideBySide } = this;
      const root = this.renderRoot as ShadowRoot;
      this.#view = showMergeView({
        parent: this.container,
        root,
        older,
        newer,
        olderLabel,
        newerLabel,
        language,
        sideBySide,
      });
    } catch {
      this.isPlain = true;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'text-diff': TextDiff;
  }
}
