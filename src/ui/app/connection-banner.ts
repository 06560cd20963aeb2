import { css, html, LitElement, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { connection, type Connection, type Problem } from '../api/connection.js';
import { serviceProblems } from '../api/service-problems.js';
import { checkConnection } from '../api/system.js';
import { asSentence } from '../format/as-sentence.js';
import { controls } from '../styles/controls.js';
import type { IconName } from '../elements/icons.js';
import { pageAddress } from './addresses.js';
import '../elements/ui-icon.js';

const LOOK: Readonly<Record<Problem, { icon: IconName; heading: string }>> = {
  lost: { icon: 'wifi-off', heading: 'The server cannot be reached' },
  login: { icon: 'shield', heading: 'Your login has expired' },
  throttled: { icon: 'clock', heading: 'Too many wrong passwords came from here' },
  server: { icon: 'alert', heading: 'The server has a problem' },
};

/** How often a server that is gone is looked for, ms. */
const RETRY_MS = 3000;

/** Says what keeps requests from succeeding, on every screen alike. What was typed stays where it is. */
@customElement('connection-banner')
export class ConnectionBanner extends LitElement {
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
        background: var(--color-warning-soft);
        color: var(--color-text);
      }
      ui-icon {
        color: var(--color-warning);
      }
      p {
        flex: 1 1 240px;
      }
    `,
  ];

  @state() private present: Connection = connection.present;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    connection.addEventListener('change', this.#changed);
    serviceProblems.addEventListener('change', this.#problemsChanged);
    window.addEventListener('focus', this.#lookAgain);
    window.addEventListener('online', this.#lookAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    connection.removeEventListener('change', this.#changed);
    serviceProblems.removeEventListener('change', this.#problemsChanged);
    window.removeEventListener('focus', this.#lookAgain);
    window.removeEventListener('online', this.#lookAgain);
    clearInterval(this.#timer);
  }

  override render() {
    const { problem, message } = this.present;
    return html`<div role="alert">
      ${
        problem === null || isShownAsProblem(message)
          ? nothing
          : html`<div class="banner">
              <ui-icon name=${LOOK[problem].icon}></ui-icon>
              <p><strong>${LOOK[problem].heading}.</strong> ${asSentence(message)} What you typed is kept.</p>
              ${
                problem === 'login'
                  ? html`<a class="button small" href=${pageAddress('')} target="_blank" rel="noopener">Sign in</a>`
                  : nothing
              }
              <button class="button small" @click=${this.#lookAgain}>Try again</button>
            </div>`
      }
    </div>`;
  }

  readonly #problemsChanged = (): void => this.requestUpdate();

  readonly #changed = (): void => {
    this.present = connection.present;
    clearInterval(this.#timer);
    // A login is not tried by itself: a browser would ask for the password again and again.
    if (this.present.problem !== null && this.present.problem !== 'login')
      this.#timer = setInterval(this.#lookAgain, RETRY_MS);
  };

  readonly #lookAgain = (): void => {
    if (this.present.problem === null || document.visibilityState === 'hidden') return;
    void checkConnection();
  };
}

/** The problems banner says the same sentence already. */
const isShownAsProblem = (message: string): boolean => serviceProblems.present.some((each) => each.message === message);

declare global {
  interface HTMLElementTagNameMap {
    'connection-banner': ConnectionBanner;
  }
}
