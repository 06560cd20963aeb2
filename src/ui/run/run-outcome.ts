import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RunListItem } from '../api/runs.js';
import '../elements/ui-icon.js';
import { showBidiControls } from '../format/bidi-controls.js';
import { controls } from '../styles/controls.js';
import { detailsBox } from '../styles/details.js';
import './failure-card.js';
import type { Failure } from './find-failure.js';
import type { KeptTail } from './kept-tail.js';
import { type ReadableRun, reasonInWords, signalsInWords } from './reason-words.js';
import './run-leftovers.js';

/** What a run that has ended left: why it did not succeed, processes, the result of a vm2 script. */
@customElement('run-outcome')
export class RunOutcome extends LitElement {
  static override styles = [
    controls,
    detailsBox,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      .reason {
        display: flex;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--color-danger-soft);
        overflow-wrap: anywhere;
      }
      .reason ui-icon {
        margin-block-start: 2px;
        color: var(--color-danger);
      }
      .reason.canceled {
        background: var(--color-sunken);
      }
      .reason.canceled ui-icon {
        color: var(--color-text-muted);
      }
      .reason > div {
        flex: 1;
        min-inline-size: 0;
      }
      .message {
        white-space: pre-wrap;
      }
      pre {
        white-space: pre-wrap;
      }
    `,
  ];

  @property({ attribute: false }) run: ReadableRun | null = null;
  /** The end of what it left running has been asked for and not answered. */
  @property({ type: Boolean }) ending = false;
  @property({ attribute: false }) failure: Failure | null = null;
  @property({ attribute: false }) lastGood: RunListItem | null = null;
  @property({ attribute: false }) tail: KeptTail | null = null;

  override render() {
    const { run } = this;
    if (run?.finishedAt == null) return nothing;
    return html`${this.#reason(run)}<run-leftovers .run=${run} ?ending=${this.ending}></run-leftovers
      >${this.#result(run)}${this.#tail()}`;
  }

  #reason(run: ReadableRun) {
    const words = reasonInWords(run);
    if (words === null) return nothing;
    const { message } = run.meta;
    const signals = signalsInWords(run);
    return html`<div class="reason ${run.status === 'canceled' ? 'canceled' : ''}">
      <ui-icon name=${run.status === 'canceled' ? 'info' : 'alert'}></ui-icon>
      <div>
        ${words}${message === null ? nothing : html`<div class="message">${showBidiControls(message)}</div>`}
        ${signals === null ? nothing : html`<div class="muted small">${signals}</div>`}
        <failure-card .failure=${this.failure} .lastGood=${this.lastGood}></failure-card>
      </div>
    </div>`;
  }

  #tail() {
    if (this.tail === null) return nothing;
    return html`<details open>
      <summary>${this.tail.why}</summary>
      <pre class="box" tabindex="0" aria-label="The end of the output">${showBidiControls(this.tail.text)}</pre>
    </details>`;
  }

  #result({ meta: { result } }: ReadableRun) {
    if (result === undefined) return nothing;
    return html`<details open>
      <summary>Result</summary>
      <pre class="box" tabindex="0" aria-label="Result">${showBidiControls(JSON.stringify(result, null, 2))}</pre>
    </details>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'run-outcome': RunOutcome;
  }
}
