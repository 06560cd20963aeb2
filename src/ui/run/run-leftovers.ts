import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/ui-icon.js';
import { controls } from '../styles/controls.js';
import { detailsBox } from '../styles/details.js';
import type { ReadableRun } from './reason-words.js';

type Leftover = ReadableRun['meta']['leftovers'][number];

/** Those that nobody has ended. */
export const stillLeft = ({ meta: { leftovers } }: Pick<ReadableRun, 'meta'>): readonly Leftover[] =>
  leftovers.filter(({ ended }) => !ended);

export const processes = (count: number): string => (count === 1 ? '1 process' : `${count} processes`);

/** The processes that outlived the script. Asks by an `end-leftovers` event to end those that are left. */
@customElement('run-leftovers')
export class RunLeftovers extends LitElement {
  static override styles = [
    controls,
    detailsBox,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        gap: var(--space-2) var(--space-3);
      }
      details {
        flex: 1 1 240px;
        min-inline-size: 0;
      }
      ul {
        list-style: none;
      }
    `,
  ];

  @property({ attribute: false }) run: ReadableRun | null = null;
  /** The end of those that are left has been asked for and not answered. */
  @property({ type: Boolean }) ending = false;
  @query('button') private button!: HTMLButtonElement | null;
  @query('summary') private summary!: HTMLElement | null;

  /** The run whose list is open: it stays so when all are ended. */
  #shown: string | null = null;
  #hadFocus = false;

  protected override willUpdate(): void {
    this.#hadFocus = this.shadowRoot?.activeElement?.matches('button') ?? false;
  }

  protected override updated(): void {
    const { button } = this;
    if (this.#hadFocus && (!button || button.disabled)) this.summary?.focus();
  }

  override render() {
    const { run } = this;
    if (!run || run.meta.leftovers.length === 0) return nothing;
    const { leftovers } = run.meta;
    const left = stillLeft(run);
    if (left.length > 0) this.#shown = run.id;
    return html`<details ?open=${this.#shown === run.id}>
        <summary>${processes(leftovers.length)} outlived the script</summary>
        <ul class="box" tabindex="0" aria-label="Processes that outlived the script">
          ${leftovers.map(({ pid, command, ended }) => html`<li>${pid} ${showBidiControls(command)} (${ended ? 'ended' : fate(run)})</li>`)}
        </ul>
      </details>
      ${left.length > 0 ? this.#button(left.length) : nothing}`;
  }

  #button(count: number) {
    return html`<button class="button small" ?disabled=${this.ending} @click=${this.#ask}>
      <ui-icon name=${this.ending ? 'spinner' : 'stop'} ?spin=${this.ending}></ui-icon>
      ${this.ending ? 'Ending …' : count === 1 ? 'End it…' : 'End them…'}
    </button>`;
  }

  #ask(): void {
    this.dispatchEvent(new CustomEvent('end-leftovers', { bubbles: true, composed: true }));
  }
}

const fate = ({ meta: { signalled } }: ReadableRun): string => (signalled ? 'could not be ended' : 'left running');

declare global {
  interface HTMLElementTagNameMap {
    'run-leftovers': RunLeftovers;
  }
  interface HTMLElementEventMap {
    'end-leftovers': CustomEvent<null>;
  }
}
