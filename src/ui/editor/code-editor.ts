import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import type { CodeLanguage } from './code-highlighting.js';
import type { CodeView } from './code-mirror.js';

/** The body of a script. Until CodeMirror has come, and where it does not come, a plain text area does. */
@customElement('code-editor')
export class CodeEditor extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-inline-size: 0;
      }
      .frame {
        overflow: hidden;
        border: 1px solid var(--color-border-strong);
        border-radius: var(--radius);
        background: var(--color-surface);
      }
      .frame:hover {
        border-color: var(--color-text-muted);
      }
      .frame:has(.cm-focused, textarea:focus) {
        outline: 2px solid var(--color-focus);
        outline-offset: -1px;
      }
      .frame.invalid {
        border-color: var(--color-danger);
      }
      textarea,
      .cm-editor {
        min-block-size: 260px;
        max-block-size: max(320px, calc(100vh - 320px));
      }
      textarea {
        display: block;
        inline-size: 100%;
        padding: var(--space-2) var(--space-3);
        border: 0;
        background: none;
        color: var(--color-text);
        font: var(--text-normal) / 1.55 var(--font-mono);
        white-space: pre;
        resize: vertical;
      }
      textarea:focus-visible {
        outline: none;
      }
      .help {
        margin-block-start: var(--space-1);
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
    `,
  ];

  @property() value = '';
  @property() language: CodeLanguage = 'shell';
  @property() label = '';
  /** Said below the text, and to screen readers with it. */
  @property() error = '';
  @state() private view: CodeView | null = null;
  @state() private isPlain = false;
  @query('.view') private container!: HTMLElement;
  @query('textarea') private textarea!: HTMLTextAreaElement | null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.#load());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.view?.destroy();
    this.view = null;
  }

  override focus(): void {
    if (this.view) this.view.focus();
    else this.textarea?.focus();
  }

  override updated(changed: ReadonlyMap<PropertyKey, unknown>): void {
    if (!this.view) return;
    if (changed.has('value')) this.view.text = this.value;
    if (changed.has('language')) this.view.language = this.language;
    if (changed.has('error')) this.view.invalid = this.error !== '';
  }

  override render() {
    return html`<div class="frame ${this.error === '' ? '' : 'invalid'}">
        <div class="view"></div>
        ${this.view ? nothing : this.#plain()}
      </div>
      <p class="help" id="help">
        <span class="error">${this.error}</span>
        ${
          this.isPlain
            ? 'Highlighting could not be loaded; the text can be edited all the same.'
            : html`<kbd>Tab</kbd> indents; <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the text. <kbd>Ctrl</kbd>
                <kbd>F</kbd> searches.`
        }
      </p>`;
  }

  #plain() {
    return html`<textarea
      aria-label=${this.label}
      aria-describedby="help"
      aria-invalid=${this.error !== ''}
      spellcheck="false"
      autocomplete="off"
      autocapitalize="off"
      .value=${this.value}
      @input=${(event: InputEvent) => this.#typed((event.target as HTMLTextAreaElement).value)}
    ></textarea>`;
  }

  async #load(): Promise<void> {
    try {
      const { CodeView } = await import('./code-mirror.js');
      if (!this.isConnected || this.view) return;
      const hadFocus = this.renderRoot.querySelector(':focus') !== null;
      this.view = new CodeView({
        parent: this.container,
        root: this.renderRoot as ShadowRoot,
        text: this.value,
        language: this.language,
        label: this.label,
        describedBy: 'help',
        onChange: (text) => this.#typed(text),
      });
      if (hadFocus) this.view.focus();
    } catch {
      this.isPlain = true;
    }
  }

  #typed(text: string): void {
    this.value = text;
    this.dispatchEvent(new CustomEvent('code-change', { detail: text, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'code-editor': CodeEditor;
  }
  interface HTMLElementEventMap {
    'code-change': CustomEvent<string>;
  }
}
