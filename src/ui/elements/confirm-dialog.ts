import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import { dialogFrame } from '../styles/dialog.js';
import { showBidiControls } from '../format/bidi-controls.js';

export interface Question {
  /** Names the thing: `Delete “Nightly backup”?` */
  readonly heading: string;
  /** What follows from yes. */
  readonly text?: string;
  /** The verb: `Delete`. */
  readonly yes: string;
  readonly no?: string;
  /** Yes destroys something. */
  readonly danger?: boolean;
}

/** Asks the admin. @returns false for no, Escape and a question that another one replaces */
export const ask = (question: Question): Promise<boolean> => {
  const dialog = document.querySelector('confirm-dialog') ?? document.body.appendChild(new ConfirmDialog());
  return dialog.ask(question);
};

/** The one dialog that `ask` opens. */
@customElement('confirm-dialog')
export class ConfirmDialog extends LitElement {
  static override styles = [
    controls,
    dialogFrame,
    css`
      dialog {
        inline-size: min(440px, calc(100vw - 2 * var(--space-4)));
      }
      h2 {
        overflow-wrap: anywhere;
      }
      p {
        margin-block-start: var(--space-2);
        color: var(--color-text-muted);
        white-space: pre-line;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
        margin-block-start: var(--space-5);
      }
    `,
  ];

  @state() private question: Question | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;
  #answer: (yes: boolean) => void = () => undefined;

  get isOpen(): boolean {
    return this.dialog.open;
  }

  async ask(question: Question): Promise<boolean> {
    this.#answer(false);
    this.question = question;
    await this.updateComplete;
    const answered = new Promise<boolean>((resolve) => (this.#answer = resolve));
    if (!this.dialog.open) this.dialog.showModal();
    return answered;
  }

  override render() {
    const { question } = this;
    return html`<dialog aria-labelledby="heading" @close=${this.#close} @cancel=${() => this.#answer(false)}>
      ${
        question &&
        html`<h2 id="heading">${showBidiControls(question.heading)}</h2>
          ${question.text === undefined ? nothing : html`<p>${showBidiControls(question.text)}</p>`}
          <form method="dialog" class="actions">
            <button class="button" value="no" ?autofocus=${question.danger === true}>${question.no ?? 'Cancel'}</button>
            <button class="button ${question.danger ? 'danger' : 'primary'}" value="yes" ?autofocus=${!question.danger}>
              ${question.yes}
            </button>
          </form>`
      }
    </dialog>`;
  }

  #close(): void {
    if (this.dialog.open) return; // told late: the next question is open already
    this.#answer(this.dialog.returnValue === 'yes');
    this.dialog.returnValue = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'confirm-dialog': ConfirmDialog;
  }
}
