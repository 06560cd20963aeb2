import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { showBidiControls } from '../format/bidi-controls.js';
import { controls } from '../styles/controls.js';
import { dialogFrame } from '../styles/dialog.js';
import { changesBetween, type FieldChange, FIELD_WORDS, type FormField } from './script-changes.js';
import type { ScriptForm } from './script-form.js';
import './text-diff.js';

export interface Comparison<Choice extends string = string> {
  readonly heading: string;
  readonly text: string;
  readonly before: ScriptForm;
  readonly after: ScriptForm;
  readonly beforeLabel: string;
  readonly afterLabel: string;
  /** Said below: fields that come along without being contested. */
  readonly taken?: readonly FormField[];
  /** Buttons, the last one the main one. */
  readonly choices: readonly { readonly choice: Choice; readonly word: string; readonly tone?: 'primary' | 'danger' }[];
}

/** Shows how two states of a script differ, and asks what to do. */
@customElement('changes-dialog')
export class ChangesDialog extends LitElement {
  static override styles = [
    controls,
    dialogFrame,
    css`
      dialog {
        box-sizing: border-box;
        flex-direction: column;
        inline-size: min(1040px, calc(100vw - 2 * var(--space-3)));
        max-inline-size: none;
        max-block-size: calc(100dvh - 2 * var(--space-4));
        padding: 0;
      }
      dialog[open] {
        display: flex;
      }
      header,
      footer {
        padding: var(--space-4) var(--space-5);
      }
      header p {
        margin-block-start: var(--space-1);
        color: var(--color-text-muted);
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
        border-block-start: 1px solid var(--color-border);
      }
      .body {
        display: grid;
        gap: var(--space-4);
        overflow: auto;
        padding: 0 var(--space-5) var(--space-4);
      }
      h2 {
        overflow-wrap: anywhere;
      }
      h3 {
        margin-block-end: var(--space-1);
        font-size: var(--text-normal);
        font-weight: 600;
      }
      .values {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--space-2);
        margin: 0;
      }
      .values div {
        min-inline-size: 0;
        padding: var(--space-1) var(--space-2);
        border-radius: var(--radius);
      }
      .values dt {
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
      .values dd {
        margin: 0;
        max-block-size: 160px;
        overflow: auto;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .before {
        background: var(--color-danger-soft);
      }
      .after {
        background: var(--color-success-soft);
      }
      @media (max-width: 640px) {
        .values {
          grid-template-columns: 1fr;
        }
        header,
        footer {
          padding: var(--space-3);
        }
        .body {
          padding-inline: var(--space-3);
        }
      }
    `,
  ];

  @state() private shown: Comparison | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;
  #answer: (choice: string | null) => void = () => undefined;

  get isOpen(): boolean {
    return this.shown !== null;
  }

  /** @returns null when it is closed without a choice */
  async ask<Choice extends string>(comparison: Comparison<Choice>): Promise<Choice | null> {
    this.#answer(null);
    this.shown = comparison;
    await this.updateComplete;
    const answered = new Promise<string | null>((resolve) => (this.#answer = resolve));
    this.dialog.returnValue = '';
    this.dialog.showModal();
    return (await answered) as Choice | null;
  }

  override render() {
    return html`<dialog aria-labelledby="heading" @close=${this.#close}>
      ${this.shown && this.#content(this.shown)}
    </dialog>`;
  }

  #content({ heading, text, before, after, taken = [], choices, ...labels }: Comparison) {
    const changes = changesBetween(before, after);
    return html`<header>
        <h2 id="heading">${heading}</h2>
        <p>${text}</p>
        ${
          taken.length > 0
            ? html`<p>
                Changed there alone, and kept in any case: ${taken.map((field) => FIELD_WORDS[field]).join(', ')}.
              </p>`
            : nothing
        }
      </header>
      <div class="body">
        ${changes.length === 0 ? html`<p>There is no difference.</p>` : nothing}
        ${changes.map(({ field, ...values }) =>
          field === 'script' ? this.#script(before, after, labels) : this.#values(field, values, labels),
        )}
      </div>
      <form method="dialog">
        <footer>
          ${choices.map(
            ({ choice, word, tone = '' }, index) =>
              html`<button class="button ${tone}" value=${choice} ?autofocus=${index === 0}>${word}</button>`,
          )}
        </footer>
      </form>`;
  }

  #script(before: ScriptForm, after: ScriptForm, labels: Labels) {
    return html`<section>
      <h3>${FIELD_WORDS.script}</h3>
      <text-diff
        .older=${before.script}
        .newer=${after.script}
        .olderLabel=${labels.beforeLabel}
        .newerLabel=${labels.afterLabel}
        .language=${after.kind.startsWith('bash') ? 'shell' : 'javascript'}
      ></text-diff>
    </section>`;
  }

  #values(field: FormField, { before, after }: Omit<FieldChange, 'field'>, labels: Labels) {
    return html`<section>
      <h3>${FIELD_WORDS[field]}</h3>
      <dl class="values">
        <div class="before">
          <dt>${labels.beforeLabel}</dt>
          <dd tabindex="0">${showBidiControls(before) || '(empty)'}</dd>
        </div>
        <div class="after">
          <dt>${labels.afterLabel}</dt>
          <dd tabindex="0">${showBidiControls(after) || '(empty)'}</dd>
        </div>
      </dl>
    </section>`;
  }

  #close(): void {
    this.#answer(this.dialog.returnValue || null);
    this.shown = null;
  }
}

type Labels = Pick<Comparison, 'beforeLabel' | 'afterLabel'>;

declare global {
  interface HTMLElementTagNameMap {
    'changes-dialog': ChangesDialog;
  }
}
