import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { writeKeys } from '../app/shortcuts.js';
import type { RunListItem } from '../api/runs.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/status-badge.js';
import '../elements/ui-icon.js';
import { formatDuration } from '../format/duration.js';
import type { LiveState } from '../live/live-connection.js';
import { controls } from '../styles/controls.js';
import './connection-sign.js';
import './elapsed-bar.js';
import './run-facts.js';
import './run-outcome.js';
import type { Failure } from './find-failure.js';
import type { KeptTail } from './kept-tail.js';
import type { RunProgress } from './run-progress.js';

/** Longer without output is worth saying, ms. */
const SILENT_MS = 10_000;

export type RunWish = 'cancel' | 'again' | 'copy-curl' | 'copy-link';

const PHASE = { canceling: 'Canceling …', terminating: 'Ending it (SIGTERM) …', killing: 'Killing it …' } as const;

/** What stays above the log: how the run is, and what can be done with it. Asks by `run-wish` events. */
@customElement('run-header')
export class RunHeader extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      .first {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
      }
      h1 {
        max-inline-size: 100%;
      }
      h1 a {
        color: inherit;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
        margin-inline-start: auto;
      }
      .second {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px var(--space-4);
      }
      .phase {
        color: var(--color-warning);
        font-weight: 500;
      }
      @media (max-width: 640px) {
        .wide {
          display: none;
        }
        .actions {
          margin-inline-start: 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) progress: RunProgress | null = null;
  @property() connection: LiveState = 'connecting';
  /** ms; null when not known */
  @property({ attribute: false }) usualMs: number | null = null;
  @property({ attribute: false }) lines = 0;
  /** ms since anything was printed; null when that says nothing */
  @property({ attribute: false }) silentMs: number | null = null;
  /** ms since the epoch */
  @property({ attribute: false }) now = 0;
  /** A start has been asked for and not answered. */
  @property({ type: Boolean }) starting = false;
  /** The end of what the run left running has been asked for and not answered. */
  @property({ type: Boolean }) ending = false;
  /** Why the script cannot be run again; null when it can. */
  @property({ attribute: false }) notAgain: string | null = null;

  @property({ attribute: false }) failure: Failure | null = null;
  @property({ attribute: false }) lastGood: RunListItem | null = null;
  /** Of the output, where the log does not show it. */
  @property({ attribute: false }) tail: KeptTail | null = null;

  #focused: Element | null = null;

  async focusHeading(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector('h1')?.focus({ preventScroll: true });
  }

  protected override willUpdate(): void {
    this.#focused = this.shadowRoot?.activeElement ?? null;
  }

  protected override updated(): void {
    const lost = this.#focused && (!this.#focused.isConnected || this.#focused.matches(':disabled'));
    if (lost) void this.focusHeading(); // Cancel is gone once there is nothing to cancel
  }

  override render() {
    const run = this.progress?.run;
    return html`
      <div class="first">
        <h1 tabindex="-1">
          ${run ? html`<a href=${pageAddress(to.script(run.scriptId))}>${showBidiControls(run.meta.script.name)}</a>` : 'Run'}
        </h1>
        ${this.progress && this.#now(this.progress)}
      </div>
      ${
        run &&
        html`<div class="second"><run-facts .run=${run} .lines=${this.lines}></run-facts></div>
          <run-outcome
            .run=${run}
            ?ending=${this.ending}
            .failure=${this.failure}
            .lastGood=${this.lastGood}
            .tail=${this.tail}
          ></run-outcome>`
      }
    `;
  }

  #now(progress: RunProgress) {
    const { status } = progress.run;
    return html`
      <status-badge role="status" status=${status}></status-badge>
      <elapsed-bar
        .elapsedMs=${this.#elapsed(progress)}
        .usualMs=${this.usualMs}
        ?running=${status === 'running'}
      ></elapsed-bar>
      ${this.#state(progress)}
      <connection-sign .state=${this.connection}></connection-sign>
      <div class="actions">${this.#actions(progress)}</div>
    `;
  }

  #elapsed({ run }: RunProgress): number | null {
    if (run.finishedAt !== null) return run.meta.durationMs;
    return run.startedAt === null ? null : Math.max(0, this.now - Date.parse(run.startedAt));
  }

  /** What the run is at just now, beyond its status. */
  #state({ run, phase }: RunProgress) {
    if (run.finishedAt !== null) return nothing;
    if (phase !== null) return html`<span class="phase" role="status">${PHASE[phase]}</span>`;
    if (run.status === 'queued')
      return html`<span class="muted">${placeInQueue(run.meta.queuePosition ?? null)}</span>`;
    if (this.silentMs === null || this.silentMs < SILENT_MS) return nothing;
    return html`<span class="muted">no output for ${formatDuration(Math.floor(this.silentMs / 1000) * 1000)}</span>`;
  }

  #actions({ run, phase }: RunProgress) {
    return html`
      ${run.finishedAt === null ? this.#cancelButton(phase) : nothing} ${this.#againButton()}
      ${this.#iconButton('copy-curl', 'terminal', 'Copy a curl command that starts it')}
      ${this.#iconButton('copy-link', 'link', 'Copy a link to this run')}
    `;
  }

  #cancelButton(phase: RunProgress['phase']) {
    return html`<button
      class="button ${phase === null ? '' : 'danger'}"
      title=${phase === null ? 'Cancel the run' : 'End it at once, without waiting'}
      ?disabled=${phase === 'killing'}
      @click=${() => this.#ask('cancel')}
    >
      <ui-icon name="stop"></ui-icon>${phase === null ? 'Cancel' : phase === 'killing' ? 'Killing …' : 'Kill now'}
    </button>`;
  }

  #againButton() {
    return html`<button
      class="button"
      title=${this.notAgain ?? `Run the script again (${writeKeys('Mod+Enter')})`}
      ?disabled=${this.starting || this.notAgain !== null}
      @click=${() => this.#ask('again')}
    >
      <ui-icon name=${this.starting ? 'spinner' : 'refresh'} ?spin=${this.starting}></ui-icon>Run again
    </button>`;
  }

  #iconButton(wish: RunWish, icon: 'terminal' | 'link', label: string) {
    return html`<button class="button quiet icon" aria-label=${label} title=${label} @click=${() => this.#ask(wish)}>
      <ui-icon name=${icon}></ui-icon>
    </button>`;
  }

  #ask(wish: RunWish): void {
    this.dispatchEvent(new CustomEvent<RunWish>('run-wish', { detail: wish, bubbles: true, composed: true }));
  }
}

const placeInQueue = (place: number | null): string => {
  if (place === null) return 'waiting for its turn';
  return place === 1 ? 'next in the queue' : `number ${place} in the queue`;
};

declare global {
  interface HTMLElementTagNameMap {
    'run-header': RunHeader;
  }
  interface HTMLElementEventMap {
    'run-wish': CustomEvent<RunWish>;
  }
}
