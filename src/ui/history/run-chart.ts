import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { RunListItem, StoredRunListItem } from '../api/runs.js';
import { navigate } from '../app/router.js';
import { to } from '../app/routes.js';
import { isLive, STATUS_LOOK } from '../elements/run-status.js';
import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { controls } from '../styles/controls.js';
import { resultWords } from './result-words.js';

const MOST = 60;
const HEIGHT = 64;
const BAR = 10;
const STEP = 14;
/** Above each bar, for the sign of how it ended. */
const SIGN = 14;

/**
 * How long the last runs took and how they ended, the oldest first. Each outcome has a sign of its own above its bar, so that nothing depends on
 * colour. Arrow keys go from run to run, Enter opens one.
 */
@customElement('run-chart')
export class RunChart extends LitElement {
  static override styles = [
    controls,
    css`
      figure {
        margin: 0;
        padding: var(--space-3) var(--space-4);
      }
      .bars {
        overflow-x: auto;
        direction: rtl; /* so that the newest are in sight first */
        border-radius: var(--radius-small);
      }
      svg {
        display: block;
        direction: ltr;
      }
      .bar rect {
        fill: var(--tone);
        opacity: 0.75;
      }
      .bar.chosen rect,
      .bar:hover rect {
        opacity: 1;
      }
      .bar .hit {
        fill: transparent;
      }
      .bar.chosen .hit {
        fill: var(--color-hover);
      }
      .bar {
        --tone: var(--color-text-muted);
        cursor: pointer;
      }
      .bar.success {
        --tone: var(--color-success);
      }
      .bar.danger {
        --tone: var(--color-danger);
      }
      .bar.warning {
        --tone: var(--color-warning);
      }
      .sign {
        fill: none;
        stroke: var(--tone);
        stroke-width: 1.75;
        stroke-linecap: round;
      }
      line.usual {
        stroke: var(--color-text-muted);
        stroke-dasharray: 2 3;
      }
      figcaption {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: var(--space-1) var(--space-4);
        margin-block-start: var(--space-2);
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
    `,
  ];

  /** The latest first; those that have not ended are left out. */
  @property({ attribute: false }) runs: readonly StoredRunListItem[] = [];
  @state() private chosen = -1;

  override render() {
    const runs = this.#ended();
    if (runs.length < 2) return nothing;
    const longest = Math.max(...runs.map(tookOf), 1);
    const usual = median(runs.filter(({ status }) => status === 'succeeded').map(tookOf));
    const width = runs.length * STEP;
    const summary = `The last ${runs.length} runs: ${outcomes(runs)}`;
    const chosen = runs[this.chosen];
    return html`<figure class="panel">
      <div
        class="bars"
        tabindex="0"
        role="group"
        aria-label="${summary}. Arrow keys go from run to run."
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, runs)}
        @pointerleave=${() => (this.chosen = -1)}
      >
        <svg width=${width} height=${HEIGHT + SIGN} viewBox="0 0 ${width} ${HEIGHT + SIGN}" aria-hidden="true">
          ${runs.map((run, index) => this.#bar(run, index, longest))}
          ${
            usual === null
              ? nothing
              : svg`<line class="usual" x1="0" x2=${width} y1=${top(usual, longest)} y2=${top(usual, longest)}></line>`
          }
        </svg>
      </div>
      <figcaption>
        <span role="status">${chosen ? describe(chosen) : summary}</span>
        <span
          >${usual === null ? nothing : `usually ${formatDuration(usual)}, `}longest ${formatDuration(longest)}</span
        >
      </figcaption>
    </figure>`;
  }

  #bar(run: RunListItem, index: number, longest: number) {
    const x = index * STEP;
    const y = top(tookOf(run), longest);
    return svg`<g
      class="bar ${STATUS_LOOK[run.status].tone} ${index === this.chosen ? 'chosen' : ''}"
      @pointerenter=${() => (this.chosen = index)}
      @click=${() => void navigate(to.run(run.id))}
    >
      <rect class="hit" x=${x} y="0" width=${STEP} height=${HEIGHT + SIGN}></rect>
      <rect x=${x + 2} y=${y} width=${BAR} height=${HEIGHT + SIGN - y} rx="2"></rect>
      <path class="sign" transform="translate(${x + 4} ${y - 10})" d=${SIGNS[run.status] ?? ''}></path>
    </g>`;
  }

  #ended(): readonly RunListItem[] {
    const ended = this.runs.filter((run): run is RunListItem => run.status !== null && !isLive(run.status));
    return ended.slice(0, MOST).toReversed();
  }

  #onKey(event: KeyboardEvent, runs: readonly RunListItem[]): void {
    const last = runs.length - 1;
    const at = this.chosen === -1 ? last + 1 : this.chosen;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    const run = runs[this.chosen];
    if (event.key === 'Enter' && run) void navigate(to.run(run.id));
    else if (event.key === 'Escape') this.chosen = -1;
    else if (next === undefined) return;
    else this.chosen = Math.min(Math.max(next, 0), last);
    event.preventDefault();
  }
}

/** A cross, a stroke, a pointer of a clock; nothing for success. */
const SIGNS: Readonly<Record<string, string>> = {
  failed: 'M0 0 L6 6 M6 0 L0 6',
  canceled: 'M0 3 L6 3',
  timed_out: 'M3 -1 L3 3 L6 5',
};

const tookOf = ({ meta }: RunListItem): number => meta.durationMs ?? 0;

const top = (ms: number, longest: number): number => SIGN + HEIGHT - Math.max(2, (ms / longest) * HEIGHT);

const outcomes = (runs: readonly RunListItem[]): string => {
  const counts = new Map<string, number>();
  for (const { status } of runs) {
    const word = STATUS_LOOK[status].word.toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
};

const describe = (run: RunListItem): string => {
  const words = resultWords(run);
  const took = formatDuration(tookOf(run));
  const when = formatTime(new Date(run.createdAt));
  return `${STATUS_LOOK[run.status].word} after ${took}${words === '' ? '' : ` (${words})`}, ${when}`;
};

const median = (numbers: readonly number[]): number | null => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
};

declare global {
  interface HTMLElementTagNameMap {
    'run-chart': RunChart;
  }
}
