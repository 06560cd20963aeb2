import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from '../elements/icons.js';
import '../elements/ui-icon.js';
import type { LiveState } from '../live/live-connection.js';

const LOOK: Readonly<Record<LiveState, { word: string; icon: IconName; title: string }>> = {
  connecting: { word: 'Connecting', icon: 'spinner', title: 'Waiting for the server' },
  live: { word: 'Live', icon: 'check', title: 'What the run prints is here at once' },
  reconnecting: {
    word: 'Reconnecting',
    icon: 'wifi-off',
    title: 'The connection is lost; the page tries again by itself',
  },
  polling: {
    word: 'Every second',
    icon: 'clock',
    title:
      'No live connection is to be had: other windows have those that a browser can hold, or something on the way holds events back',
  },
  complete: { word: 'Complete', icon: 'check', title: 'Everything the run printed is here' },
  'lost-login': { word: 'Signed out', icon: 'alert', title: 'Reload the page to sign in again' },
  gone: { word: 'Gone', icon: 'alert', title: 'The run is no longer kept on the server' },
};

/** How what is shown comes to the page. */
@customElement('connection-sign')
export class ConnectionSign extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: var(--space-1);
      color: var(--color-text-muted);
      font-size: var(--text-small);
      white-space: nowrap;
    }
    :host([data-state='live']) {
      color: var(--color-success);
    }
    :host([data-state='reconnecting']),
    :host([data-state='lost-login']),
    :host([data-state='gone']) {
      color: var(--color-warning);
    }
    ui-icon {
      font-size: 0.8125rem;
    }
  `;

  @property() state: LiveState = 'connecting';

  override willUpdate(): void {
    this.dataset.state = this.state;
    this.title = LOOK[this.state].title;
  }

  override render() {
    const { word, icon } = LOOK[this.state];
    return html`<ui-icon name=${icon} ?spin=${icon === 'spinner'}></ui-icon><span role="status">${word}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'connection-sign': ConnectionSign;
  }
}
