import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { RunListItem, StoredRunListItem } from '../api/runs.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { STATUS_LOOK } from '../elements/run-status.js';
import { formatDuration } from '../format/duration.js';
import { controls } from '../styles/controls.js';
import { tableFrame } from '../styles/table.js';
import { resultWords } from './result-words.js';
import { TRIGGER_WORDS } from './run-filter.js';
import { runRowsStyles } from './run-rows-styles.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/status-badge.js';
import '../elements/time-ago.js';
import '../elements/ui-icon.js';

/** Runs as a table, and as cards where the window is narrow. */
@customElement('run-rows')
export class RunRows extends LitElement {
  static override styles = [controls, tableFrame, runRowsStyles];

  @property({ attribute: false }) runs: readonly StoredRunListItem[] = [];
  /** Leaves out whose runs they are. */
  @property({ type: Boolean, reflect: true, attribute: 'of-one-script' }) ofOneScript = false;

  override render() {
    return html`<div role="table" aria-label="Runs">
      <div role="row" class="heads">
        <span role="columnheader">Status</span>
        ${this.ofOneScript ? nothing : html`<span role="columnheader">Script</span>`}
        <span role="columnheader">Started by</span><span role="columnheader">When</span
        ><span role="columnheader" class="took">Took</span><span role="columnheader">Ended with</span>
      </div>
      ${repeat(
        this.runs,
        ({ id }) => id,
        (run) => (run.status === null ? this.#unreadable(run) : this.#row(run)),
      )}
    </div>`;
  }

  #row(run: RunListItem) {
    const { script, actor, durationMs, reportedBy } = run.meta;
    const words = resultWords(run);
    return html`<div role="row" class="run">
      <span role="cell" class="status">
        <a
          href=${pageAddress(to.run(run.id))}
          aria-label="${STATUS_LOOK[run.status].word}: open this run of ${showBidiControls(script.name)}"
          ><status-badge .status=${run.status}></status-badge
        ></a>
      </span>
      ${
        this.ofOneScript
          ? nothing
          : html`<span role="cell" class="script"
              ><a href=${pageAddress(to.scriptRuns(run.scriptId))}
                >${showBidiControls(script.name || script.codeIdentifier || 'Unnamed')}</a
              ></span
            >`
      }
      <span role="cell" class="by"
        ><span class="who">${showBidiControls(actor.name || actor.type)}</span
        ><span class="muted how">${inSentence(TRIGGER_WORDS[run.trigger])}</span></span
      >
      <span role="cell" class="when"><time-ago stacked .time=${run.createdAt}></time-ago></span>
      <span role="cell" class="took">${durationMs === null ? nothing : formatDuration(durationMs)}</span>
      <span role="cell" class="result"
        >${words === '' ? nothing : html`<span class="words">${words}</span>`}${
          reportedBy === 'page' ? html`<span class="tag"><ui-icon name="globe"></ui-icon>in the page</span>` : nothing
        }</span
      >
    </div>`;
  }

  #unreadable(run: StoredRunListItem) {
    return html`<div role="row" class="run">
      <span role="cell" class="status"><span class="tag danger">Unreadable</span></span>
      ${this.ofOneScript ? nothing : html`<span role="cell" class="script muted">${run.scriptId ?? ''}</span>`}
      <span role="cell" class="by"></span>
      <span role="cell" class="when"><time-ago stacked .time=${run.createdAt}></time-ago></span>
      <span role="cell" class="took"></span>
      <span role="cell" class="result"><span class="words">what is stored is no run</span></span>
    </div>`;
  }
}

const inSentence = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

declare global {
  interface HTMLElementTagNameMap {
    'run-rows': RunRows;
  }
}
