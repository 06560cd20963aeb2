import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { formatDuration } from '../format/duration.js';

/** How long a run takes, beside how long runs of its script usually take. */
@customElement('elapsed-bar')
export class ElapsedBar extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: var(--space-2);
      white-space: nowrap;
      font-variant-numeric: tabular-nums;
    }
    .usual {
      color: var(--color-text-muted);
    }
    progress {
      appearance: none;
      inline-size: 96px;
      block-size: 4px;
      border: none;
      border-radius: 2px;
      background: var(--color-border);
      overflow: hidden;
    }
    progress::-webkit-progress-bar {
      background: var(--color-border);
    }
    progress::-webkit-progress-value {
      background: var(--color-info);
    }
    progress::-moz-progress-bar {
      background: var(--color-info);
    }
    .late::-webkit-progress-value {
      background: var(--color-warning);
    }
    .late::-moz-progress-bar {
      background: var(--color-warning);
    }
  `;

  /** ms; null before it began */
  @property({ attribute: false }) elapsedMs: number | null = null;
  /** ms; null when nothing is known */
  @property({ attribute: false }) usualMs: number | null = null;
  @property({ type: Boolean }) running = false;

  override render() {
    if (this.elapsedMs === null) return nothing;
    const usual = this.usualMs;
    const elapsed = this.running ? Math.floor(this.elapsedMs / 1000) * 1000 : this.elapsedMs;
    return html`
      <span>${this.running && elapsed === 0 ? '0 s' : formatDuration(elapsed)}</span>
      ${usual === null ? nothing : html`<span class="usual">usually ${formatDuration(usual)}</span>`}
      ${usual === null || !this.running ? nothing : this.#bar(this.elapsedMs / Math.max(1, usual))}
    `;
  }

  #bar(part: number) {
    return html`<progress
      class=${part > 1.5 ? 'late' : ''}
      max="1"
      .value=${Math.min(1, part)}
      aria-label="Time taken, of the usual time"
    ></progress>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'elapsed-bar': ElapsedBar;
  }
}
