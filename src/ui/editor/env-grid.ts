import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { controls } from '../styles/controls.js';
import { looksLikeEnvLines } from './env-lines.js';
import { BLANK_ROW, type Pasted, pasteInto, soundsSecret } from './env-rows.js';
import type { EnvRow } from './script-form.js';
import type { FieldIssue } from './script-request.js';
import '../elements/ui-icon.js';

/** The environment of a script, a row for each variable. */
@customElement('env-grid')
export class EnvGrid extends LitElement {
  static override styles = [
    controls,
    css`
      ul {
        display: grid;
        gap: var(--space-2);
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(120px, 2fr) minmax(120px, 3fr) auto auto;
        gap: var(--space-1);
        align-items: start;
      }
      input.input,
      textarea.input {
        inline-size: 100%;
        min-inline-size: 0;
        font-family: var(--font-mono);
        font-size: 0.75rem;
      }
      textarea.input {
        display: block;
        min-block-size: var(--control-height);
        max-block-size: 160px;
        padding-block: 7px;
        line-height: 1.35;
        resize: none;
        field-sizing: content;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .masked:not(:placeholder-shown) {
        -webkit-text-security: disc;
      }
      .error {
        grid-column: 1 / -1;
        color: var(--color-danger);
        font-size: var(--text-small);
      }
      .below {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
        margin-block-start: var(--space-2);
      }
      ul:empty + .below {
        margin-block-start: 0;
      }
      @media (max-width: 640px) {
        li {
          grid-template-columns: 1fr auto auto;
        }
        li .value {
          grid-row: 2;
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  @property({ attribute: false }) rows: readonly EnvRow[] = [];
  /** Paths within the environment: `0.key`; of the whole, empty. */
  @property({ attribute: false }) issues: readonly FieldIssue[] = [];
  @state() private told = '';

  /** @param path of an issue: `0.value` */
  focusOn(path: string): void {
    const [index, part = 'key'] = path.split('.');
    this.#input(Number(index), part)?.focus();
  }

  override render() {
    const whole = this.issues.filter(({ path }) => path === '');
    return html`<ul role="list">
        ${this.rows.map((row, index) => this.#row(row, index))}
      </ul>
      <div class="below">
        <button class="button small" type="button" @click=${this.#add}>
          <ui-icon name="plus"></ui-icon>Add a variable
        </button>
        <span class="muted small" id="help"
          >Paste <code>KEY=value</code> lines into a key: every line becomes a variable.</span
        >
      </div>
      ${whole.map(({ message }) => html`<p class="error">${message}</p>`)}
      <p class="muted small" role="status">${this.told}</p>`;
  }

  #row(row: EnvRow, index: number) {
    const name = row.key === '' ? `variable ${index + 1}` : row.key;
    const wrong = this.issues.filter(({ path }) => path === String(index) || path.startsWith(`${index}.`));
    const isWrong = (part: string) => wrong.some(({ path }) => path === `${index}.${part}` || path === String(index));
    return html`<li>
      <input
        class="input key"
        aria-label="Key of ${name}"
        aria-describedby="help ${wrong.length > 0 ? `error-${index}` : ''}"
        aria-invalid=${isWrong('key')}
        placeholder="KEY"
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        .value=${live(row.key)}
        @input=${(event: InputEvent) => this.#change(index, { key: textOf(event) })}
        @change=${() => this.#guessSecret(index)}
        @keydown=${(event: KeyboardEvent) => this.#onEnter(event, () => this.#input(index, 'value')?.focus())}
        @paste=${(event: ClipboardEvent) => this.#paste(event, index)}
      />
      <textarea
        class="input value ${row.secret ? 'masked' : ''}"
        rows="1"
        aria-label="Value of ${name}"
        aria-describedby=${wrong.length > 0 ? `error-${index}` : nothing}
        aria-invalid=${isWrong('value')}
        placeholder=${placeholderOf(row)}
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        .value=${live(row.value)}
        @input=${(event: InputEvent) => this.#change(index, { value: textOf(event) })}
        @keydown=${(event: KeyboardEvent) => this.#onEnter(event, () => this.#next(index))}
        @paste=${(event: ClipboardEvent) => row.key === '' && this.#paste(event, index)}
      ></textarea>
      <button
        class="button quiet icon secret"
        type="button"
        aria-pressed=${row.secret}
        aria-label="${name} is secret"
        title=${row.secret ? 'Secret: kept encrypted, never shown again, masked in output' : 'Make it secret'}
        @click=${() => this.#change(index, { secret: !row.secret })}
      >
        <ui-icon name=${row.secret ? 'lock' : 'lock-open'}></ui-icon>
      </button>
      <button
        class="button quiet icon"
        type="button"
        aria-label="Remove ${name}"
        title="Remove"
        @click=${() => this.#remove(index)}
      >
        <ui-icon name="x"></ui-icon>
      </button>
      ${wrong.length > 0 ? html`<span class="error" id="error-${index}">${wrong.map(({ message }) => message).join('; ')}</span>` : nothing}
    </li>`;
  }

  #change(index: number, change: Partial<EnvRow>): void {
    this.#tell(this.rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  }

  /** A new variable that is named like a secret becomes one, before its value is typed; the admin may say otherwise. */
  #guessSecret(index: number): void {
    const row = this.rows[index];
    if (!row || row.secret || row.stored || row.value !== '' || !soundsSecret(row.key)) return;
    this.#change(index, { secret: true });
    this.told = `${row.key} is taken for a secret.`;
  }

  /** A value may have several lines, but few do: Enter goes on, Shift+Enter breaks the line. */
  #onEnter(event: KeyboardEvent, go: () => void): void {
    if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    go();
  }

  #next(index: number): void {
    const next = this.#input(index + 1, 'key');
    if (next) next.focus();
    else void this.#add();
  }

  async #add(): Promise<void> {
    this.#tell([...this.rows, BLANK_ROW]);
    await this.updateComplete;
    this.#input(this.rows.length - 1, 'key')?.focus();
  }

  async #remove(index: number): Promise<void> {
    this.#tell(this.rows.filter((_, at) => at !== index));
    await this.updateComplete;
    const next = this.#input(Math.min(index, this.rows.length - 1), 'key');
    (next ?? this.renderRoot.querySelector<HTMLElement>('.below button'))?.focus();
  }

  #paste(event: ClipboardEvent, index: number): void {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!looksLikeEnvLines(text)) return;
    const pasted = pasteInto(this.rows, index, text);
    if (!pasted) return;
    event.preventDefault();
    this.#tell(pasted.rows);
    this.told = wordsOf(pasted);
  }

  #input(index: number, part: string): HTMLElement | null {
    const row = this.renderRoot.querySelectorAll('li')[index];
    return row?.querySelector<HTMLElement>(part === 'value' ? '.value' : '.key') ?? null;
  }

  #tell(rows: readonly EnvRow[]): void {
    this.rows = rows;
    this.told = '';
    this.dispatchEvent(new CustomEvent('env-change', { detail: rows, bubbles: true, composed: true }));
  }
}

const textOf = (event: Event): string => (event.target as HTMLInputElement | HTMLTextAreaElement).value;

const placeholderOf = ({ secret, stored }: EnvRow): string => {
  if (!stored) return 'value';
  return secret ? 'set; leave empty to keep' : 'type the value anew';
};

const wordsOf = ({ added, changed, skipped }: Pasted): string =>
  [
    added > 0 && `${added} added`,
    changed > 0 && `${changed} changed`,
    skipped.length > 0 &&
      `${skipped.length} ${skipped.length === 1 ? 'line' : 'lines'} left out, not KEY=value: ${skipped[0] ?? ''}`,
  ]
    .filter(Boolean)
    .join(', ');

declare global {
  interface HTMLElementTagNameMap {
    'env-grid': EnvGrid;
  }
  interface HTMLElementEventMap {
    'env-change': CustomEvent<readonly EnvRow[]>;
  }
}
