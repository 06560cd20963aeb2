import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/time-ago.js';
import { formatBytes } from '../format/bytes.js';
import { controls } from '../styles/controls.js';
import type { ReadableRun } from './reason-words.js';

const TRIGGER: Readonly<Record<ReadableRun['trigger'], string>> = {
  manual: 'by hand',
  api: 'over the API',
  schedule: 'by schedule',
};

/** What is known of a run, in one line. */
@customElement('run-facts')
export class RunFacts extends LitElement {
  static override styles = [
    controls,
    css`
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 2px var(--space-4);
        margin: 0;
        font-size: var(--text-small);
      }
      div {
        display: flex;
        gap: var(--space-1);
        min-inline-size: 0;
      }
      dt {
        color: var(--color-text-muted);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  @property({ attribute: false }) run: ReadableRun | null = null;
  /** Lines that have come so far. */
  @property({ attribute: false }) lines = 0;

  override render() {
    const { run } = this;
    if (!run) return nothing;
    const { meta } = run;
    return html`<dl>
      ${this.#fact('Trigger', TRIGGER[run.trigger])} ${this.#fact('By', showBidiControls(meta.actor.name))}
      ${this.#fact(
        run.startedAt === null ? 'Asked for' : 'Started',
        html`<time-ago .time=${run.startedAt ?? run.createdAt}></time-ago>`,
      )}
      ${meta.reportedBy === 'page' ? this.#fact('Reported by', 'the page it ran in') : nothing}
      ${this.#fact('Revision', meta.script.revision)}
      ${run.exitCode === null ? nothing : this.#fact('Exit code', run.exitCode)}
      ${meta.signal === null ? nothing : this.#fact('Signal', meta.signal)} ${this.#output(run)}
    </dl>`;
  }

  #output({ finishedAt, meta: { output } }: ReadableRun) {
    const lines = finishedAt === null ? this.lines : Math.max(output.lines, this.lines);
    const size = finishedAt === null ? '' : `, ${formatBytes(output.bytes)}`;
    const dropped = output.droppedBytes > 0 ? `, ${formatBytes(output.droppedBytes)} of it not kept` : '';
    return this.#fact('Output', `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}${size}${dropped}`);
  }

  #fact(name: string, value: unknown) {
    return html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'run-facts': RunFacts;
  }
}
