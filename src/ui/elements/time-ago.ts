import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { formatTime, formatTimeAgo } from '../format/time.js';
import { serverClock } from '../platform/server-clock.js';

const shown = new Set<TimeAgo>();
let timer: ReturnType<typeof setInterval> | undefined;
const update = (): void => shown.forEach((each) => each.requestUpdate());
serverClock.onChange(update);

/** A moment as `5 min. ago`, kept up to date, and exactly, with its zone. Empty for null. */
@customElement('time-ago')
export class TimeAgo extends LitElement {
  static override styles = css`
    .exact {
      color: var(--color-text-muted);
      font-size: var(--text-small);
      font-variant-numeric: tabular-nums;
    }
    :host([stacked]) .exact {
      display: block;
    }
  `;

  /** ISO 8601 */
  @property() time: string | null = null;
  /** The exact time stands below, as in the cell of a table. */
  @property({ type: Boolean, reflect: true }) stacked = false;

  override connectedCallback(): void {
    super.connectedCallback();
    shown.add(this);
    timer ??= setInterval(update, 10_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    shown.delete(this);
    if (shown.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  override render() {
    if (this.time === null) return nothing;
    const time = new Date(this.time);
    const exact = formatTime(time);
    return html`<time datetime=${this.time}
      >${formatTimeAgo(time, new Date(serverClock.now()))}
      <span class="exact">${this.stacked ? exact : `(${exact})`}</span></time
    >`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'time-ago': TimeAgo;
  }
}
