import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { formatTime, formatTimeAgo } from '../format/time.js';
import { serverClock } from '../platform/server-clock.js';

const shown = new Set<TimeAgo>();
let timer: ReturnType<typeof setInterval> | undefined;

/** A moment as `5 min. ago`, kept up to date; the exact time on hover. Empty for null. */
@customElement('time-ago')
export class TimeAgo extends LitElement {
  /** ISO 8601 */
  @property() time: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    shown.add(this);
    timer ??= setInterval(() => shown.forEach((each) => each.requestUpdate()), 10_000);
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
    return html`<time datetime=${this.time} title=${formatTime(time)}>${formatTimeAgo(time, new Date(serverClock.now()))}</time>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'time-ago': TimeAgo;
  }
}
