import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { RunListItem, StoredRunListItem } from '../api/runs.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { isLive, STATUS_LOOK } from '../elements/run-status.js';
import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { controls } from '../styles/controls.js';
import { type ChartScale, scaleOf } from './chart-scale.js';
import { resultWords } from './result-words.js';

const MOST = 60;
const HEIGHT = 64;
const BAR = 10;
const STEP = 14;
/** Above each bar, for the sign of how it ended. */
const SIGN = 14;

/**
 * How long the last runs took and how they ended, the oldest first. Each outcome has a sign of its own above its bar, so that nothing depends on
 * colour. Bars are links; Tab reaches one of them, arrow keys go from one to the next.
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
        display: flex;
        max-inline-size: max-content;
        margin: 0;
        padding: 2px;
        overflow-x: auto;
        direction: rtl; /* so that the newest are in sight first */
        list-style: none;
      }
      li {
        flex: none;
      }
      svg {
        display: block;
        direction: ltr;
      }
      .bar {
        --tone: var(--color-text-muted);
        display: block;
        border-radius: var(--radius-small);
      }
      .bar:focus-visible {
        outline-offset: 0;
      }
      .bar rect {
        fill: var(--tone);
        opacity: 0.75;
      }
      .bar:hover,
      .bar:focus {
        background: var(--color-hover);
      }
      .bar:hover rect,
      .bar:focus rect {
        opacity: 1;
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
      .cut {
        fill: none;
        stroke: var(--color-surface);
        stroke-width: 2.5;
      }
      line.usual {
        stroke: var(--color-text-muted);
        stroke-dasharray: 3 4;
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
  /** The bar that the pointer or the focus is at. */
  @state() private chosen: string | null = null;
  /** The bar that Tab reaches; without one the latest. */
  @state() private reached: string | null = null;

  override render() {
    const runs = this.#ended();
    if (runs.length < 2) return nothing;
    const scale = scaleOf(runs.map(tookOf));
    const longest = Math.max(...runs.map(tookOf));
    const usual = median(runs.filter(({ status }) => status === 'succeeded').map(tookOf));
    const summary = `The last ${runs.length} runs: ${outcomes(runs)}`;
    const chosen = runs.find(({ id }) => id === this.chosen);
    const latestFirst = runs.toReversed(); // in a row from right to left
    return html`<figure class="panel">
      <ul
        class="bars"
        role="list"
        aria-label="${summary}. Arrow keys go from run to run."
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, runs)}
        @pointerleave=${() => (this.chosen = null)}
        @focusout=${() => (this.chosen = null)}
      >
        ${repeat(
          latestFirst,
          ({ id }) => id,
          (run) => html`<li>${this.#bar(run, scale, usual, this.#isReached(run, latestFirst))}</li>`,
        )}
      </ul>
      <figcaption>
        <span aria-live="polite">${chosen ? describe(chosen, scale) : summary}</span>
        <span
          >${usual === null ? nothing : `usually ${formatDuration(usual)}, `}longest
          ${formatDuration(longest)}${scale.clipped === 0 ? nothing : `, ${barsCut(scale)}`}</span
        >
      </figcaption>
    </figure>`;
  }

  #bar(run: RunListItem, scale: ChartScale, usual: number | null, isReached: boolean) {
    const y = top(tookOf(run), scale);
    const choose = (): void => {
      this.chosen = run.id;
    };
    return html`<a
      class="bar ${STATUS_LOOK[run.status].tone}"
      href=${pageAddress(to.run(run.id))}
      tabindex=${isReached ? 0 : -1}
      aria-label=${describe(run, scale)}
      data-run=${run.id}
      @pointerenter=${choose}
      @focus=${() => {
        choose();
        this.reached = run.id;
      }}
      ><svg width=${STEP} height=${HEIGHT + SIGN} viewBox="0 0 ${STEP} ${HEIGHT + SIGN}" aria-hidden="true">
        <rect x="2" y=${y} width=${BAR} height=${HEIGHT + SIGN - y} rx="2"></rect>
        ${isCut(run, scale) ? svg`<path class="cut" d="M0 ${SIGN + 12} l4 -4 l5 4 l5 -4"></path>` : nothing}
        <path class="sign" transform="translate(4 ${y - 10})" d=${SIGNS[run.status] ?? ''}></path>
        ${
          usual === null
            ? nothing
            : svg`<line class="usual" x1="0" x2=${STEP} y1=${top(usual, scale)} y2=${top(usual, scale)}></line>`
        }
      </svg></a
    >`;
  }

  #isReached({ id }: RunListItem, latestFirst: readonly RunListItem[]): boolean {
    const reached = latestFirst.find((run) => run.id === this.reached) ?? latestFirst[0];
    return id === reached?.id;
  }

  #ended(): readonly RunListItem[] {
    const ended = this.runs.filter((run): run is RunListItem => run.status !== null && !isLive(run.status));
    return ended.slice(0, MOST).toReversed();
  }

  #onKey(event: KeyboardEvent, runs: readonly RunListItem[]): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const last = runs.length - 1;
    const at = runs.findIndex(({ id }) => id === this.chosen);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const run = runs[Math.min(Math.max(next, 0), last)];
    this.renderRoot.querySelector<HTMLElement>(`[data-run="${run?.id}"]`)?.focus();
  }
}

/** A cross, a stroke, a pointer of a clock; nothing for success. */
const SIGNS: Readonly<Record<string, string>> = {
  failed: 'M0 0 L6 6 M6 0 L0 6',
  canceled: 'M0 3 L6 3',
  timed_out: 'M3 -1 L3 3 L6 5',
};

const tookOf = ({ meta }: RunListItem): number => meta.durationMs ?? 0;

const top = (ms: number, scale: ChartScale): number =>
  SIGN + HEIGHT - Math.max(2, (Math.min(ms, scale.top) / scale.top) * HEIGHT);

const isCut = (run: RunListItem, scale: ChartScale): boolean => tookOf(run) > scale.top;

const barsCut = ({ top: most, clipped }: ChartScale): string =>
  `${clipped === 1 ? '1 bar is' : `${clipped} bars are`} cut off at ${formatDuration(most)}`;

const outcomes = (runs: readonly RunListItem[]): string => {
  const counts = new Map<string, number>();
  for (const { status } of runs) {
    const word = STATUS_LOOK[status].word.toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
};

const describe = (run: RunListItem, scale: ChartScale): string => {
  const words = resultWords(run);
  const took = formatDuration(tookOf(run));
  const when = formatTime(new Date(run.createdAt));
  const cut = isCut(run, scale) ? ', the bar is cut off' : '';
  return `${STATUS_LOOK[run.status].word} after ${took}${words === '' ? '' : ` (${words})`}${cut}, ${when}`;
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
