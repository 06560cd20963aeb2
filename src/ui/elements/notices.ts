import { css, html, LitElement } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { controls } from '../styles/controls.js';
import { raisedSurface } from '../styles/raised-surface.js';
import type { IconName } from './icons.js';
import { showBidiControls } from '../format/bidi-controls.js';
import './ui-icon.js';

type Tone = 'info' | 'success' | 'danger';

interface Notice {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

/** How long a notice stays, ms. One that tells of a failure stays until it is closed. */
const STAYS_MS = 5000;
const ICON: Readonly<Record<Tone, IconName>> = { info: 'info', success: 'check-circle', danger: 'alert' };

const raised = new EventTarget();
let lastId = 0;

/** Tells, at the edge of the window, what has happened. What is wrong with a form belongs beside its fields instead. */
export const notify = (text: string, tone: Tone = 'info'): void => {
  raised.dispatchEvent(
    new CustomEvent<Notice>('notice', { detail: { id: ++lastId, tone, text: showBidiControls(text) } }),
  );
};

/** Shows what `notify` is told. There is one, in the shell. */
@customElement('notice-stack')
export class NoticeStack extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        position: fixed;
        inset-block-end: var(--space-4);
        inset-inline: var(--space-4);
        z-index: 30;
        display: grid;
        justify-items: end;
        gap: var(--space-2);
        pointer-events: none;
      }
      .all {
        display: contents;
      }
      .notice {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        max-inline-size: min(440px, 100%);
        padding: var(--space-1) var(--space-1) var(--space-1) var(--space-3);
        ${raisedSurface}
        pointer-events: auto;
        overflow-wrap: anywhere;
      }
      .notice > span {
        padding-block: var(--space-1);
      }
      .success > ui-icon {
        color: var(--color-success);
      }
      .danger > ui-icon {
        color: var(--color-danger);
      }
      .info > ui-icon {
        color: var(--color-info);
      }
    `,
  ];

  @state() private notices: readonly Notice[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    raised.addEventListener('notice', this.#add);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    raised.removeEventListener('notice', this.#add);
  }

  override render() {
    return html`<div class="all" role="status" aria-live="polite">
      ${repeat(
        this.notices,
        ({ id }) => id,
        (notice) => this.#notice(notice),
      )}
    </div>`;
  }

  #notice({ id, tone, text }: Notice) {
    return html`<div class="notice ${tone}">
      <ui-icon name=${ICON[tone]}></ui-icon><span>${text}</span>
      <button class="button quiet icon small" aria-label="Close this notice" @click=${() => this.#remove(id)}>
        <ui-icon name="x"></ui-icon>
      </button>
    </div>`;
  }

  readonly #add = (event: Event): void => {
    const notice = (event as CustomEvent<Notice>).detail;
    this.notices = [...this.notices.filter(({ text }) => text !== notice.text), notice];
    if (notice.tone !== 'danger') setTimeout(() => this.#remove(notice.id), STAYS_MS);
  };

  #remove(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'notice-stack': NoticeStack;
  }
}
