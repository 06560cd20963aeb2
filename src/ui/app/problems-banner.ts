import { css, html, LitElement, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { connection } from '../api/connection.js';
import { type ServiceProblem, serviceProblems } from '../api/service-problems.js';
import { checkConnection } from '../api/system.js';
import { asSentence } from '../format/as-sentence.js';
import { formatTime } from '../format/time.js';
import { controls } from '../styles/controls.js';
import { lookOf } from './problem-words.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/ui-icon.js';
import './held-queue-choice.js';

/** How often the server is asked while nothing is wrong, and while something is, ms. */
const CALM_MS = 15_000;
const WATCHFUL_MS = 5000;

/**
 * Shows on every screen what is wrong with the service, in the server's own words, and takes it away when it is over. It asks in a modest
 * rhythm, and at once when a request fails because of the server. While the server does not answer or refuses the login, it asks
 * nothing: that is the connection banner's business.
 */
@customElement('problems-banner')
export class ProblemsBanner extends LitElement {
  static override styles = [
    controls,
    css`
      .banner {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        padding: var(--space-2) calc(var(--space-6) + var(--banner-end, 0px)) var(--space-2) var(--space-6);
        border-block-end: 1px solid var(--color-border);
        background: var(--color-info-soft);
        color: var(--color-text);
        overflow-wrap: anywhere;
      }
      .danger {
        background: var(--color-danger-soft);
      }
      .info > ui-icon {
        color: var(--color-info);
      }
      .danger > ui-icon {
        color: var(--color-danger);
      }
      p {
        flex: 1 1 240px;
        min-inline-size: 0;
      }
      time {
        white-space: nowrap;
      }
      @media (max-width: 640px) {
        .banner {
          padding-inline: var(--space-3) calc(var(--space-3) + var(--banner-end, 0px));
        }
      }
    `,
  ];

  @state() private present: readonly ServiceProblem[] = serviceProblems.present;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    serviceProblems.addEventListener('change', this.#changed);
    connection.addEventListener('change', this.#connectionChanged);
    document.addEventListener('visibilitychange', this.#look);
    this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    serviceProblems.removeEventListener('change', this.#changed);
    connection.removeEventListener('change', this.#connectionChanged);
    document.removeEventListener('visibilitychange', this.#look);
    clearTimeout(this.#timer);
  }

  override render() {
    return html`<div role="status" aria-live="polite">
      ${repeat(
        this.present,
        ({ code }) => code,
        (problem) => this.#banner(problem),
      )}
    </div>`;
  }

  #banner(problem: ServiceProblem) {
    const { heading, icon, tone } = lookOf(problem);
    const since = new Date(problem.since);
    return html`<div class="banner ${tone}">
      <ui-icon name=${icon}></ui-icon>
      <p>
        <strong>${heading}.</strong> ${showBidiControls(asSentence(problem.message))}
        ${Number.isNaN(since.getTime()) ? nothing : html`<time datetime=${problem.since}>Since ${formatTime(since)}.</time>`}
      </p>
      ${problem.code === 'queue.held' ? html`<held-queue-choice></held-queue-choice>` : nothing}
    </div>`;
  }

  readonly #changed = (): void => {
    this.present = serviceProblems.present;
    this.#lookLater();
  };

  readonly #connectionChanged = (): void => {
    if (connection.present.problem === 'server') this.#look();
  };

  readonly #look = (): void => {
    const { problem } = connection.present;
    if (document.visibilityState === 'visible' && (problem === null || problem === 'server')) void checkConnection();
    this.#lookLater();
  };

  #lookLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, this.present.length > 0 ? WATCHFUL_MS : CALM_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'problems-banner': ProblemsBanner;
  }
}
