import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RunListItem } from '../api/runs.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import '../elements/time-ago.js';
import { showBidiControls } from '../format/bidi-controls.js';
import { controls } from '../styles/controls.js';
import { detailsBox } from '../styles/details.js';
import type { Failure } from './find-failure.js';

/** What a run that failed says of it, and where to look. Asks by `go-to-line` events. */
@customElement('failure-card')
export class FailureCard extends LitElement {
  static override styles = [
    controls,
    detailsBox,
    css`
      pre {
        white-space: pre-wrap;
        unicode-bidi: plaintext;
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-4);
        margin-block-start: var(--space-2);
      }
    `,
  ];

  @property({ attribute: false }) failure: Failure | null = null;
  /** The latest run of the same script that succeeded. */
  @property({ attribute: false }) lastGood: RunListItem | null = null;

  override render() {
    const { failure, lastGood } = this;
    const quoted = failure?.quoted ?? [];
    const firstLine = failure?.firstLine ?? null;
    return html`
      ${
        quoted.length === 0
          ? nothing
          : html`<pre class="box" tabindex="0" aria-label="What it said last on stderr">
${showBidiControls(quoted.map(({ text }) => text).join('\n'))}</pre>`
      }
      ${
        firstLine === null && lastGood === null
          ? nothing
          : html`<div class="ways">
              ${
                firstLine === null
                  ? nothing
                  : html`<button class="button small" @click=${() => this.#goTo(firstLine)}>
                      Go to the first error, line ${firstLine}
                    </button>`
              }
              ${
                lastGood === null
                  ? nothing
                  : html`<a href=${pageAddress(to.run(lastGood.id))}
                      >Last good run, <time-ago .time=${lastGood.finishedAt ?? lastGood.createdAt}></time-ago
                    ></a>`
              }
            </div>`
      }
    `;
  }

  #goTo(line: number): void {
    this.dispatchEvent(new CustomEvent('go-to-line', { detail: line, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'failure-card': FailureCard;
  }
  interface HTMLElementEventMap {
    'go-to-line': CustomEvent<number>;
  }
}
