import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { zoneAt } from '../format/time.js';
import { controls } from '../styles/controls.js';
import type { ActionMenu, MenuAction } from '../elements/action-menu.js';
import '../elements/action-menu.js';
import type { IconName } from '../elements/icons.js';
import '../elements/ui-icon.js';
import type { LogStream } from './log-event.js';
import { STREAMS } from './log-event.js';
import './log-search-box.js';
import type { LogSearchBox } from './log-search-box.js';
import type { SearchState } from './log-search.js';
import { type LogSettings, TIMES } from './log-settings.js';
import type { Times } from './row-view.js';

export type ToolbarWish = { settings: LogSettings } | { shown: ReadonlySet<LogStream> } | { copy: 'plain' | 'colours' };

const STREAM_NAME = { stdout: 'stdout', stderr: 'stderr', system: 'Runlet' } as const;
const timesName = (times: Times): string =>
  ({ off: 'No times', absolute: `Clock times, ${zoneAt(new Date())}`, relative: 'From start' })[times];

/** What can be done with a log. Asks by `log-wish` and `log-search` events. */
@customElement('log-toolbar')
export class LogToolbar extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        padding: var(--space-1) var(--space-2);
        border-block-end: 1px solid var(--color-border);
      }
      log-search-box {
        flex: 1 1 220px;
      }
      .group {
        display: flex;
        align-items: center;
      }
      .select {
        min-block-size: var(--control-height-small);
        padding: 0 var(--space-1);
        border-color: transparent;
        background: none;
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
    `,
  ];

  @property({ attribute: false }) settings: LogSettings = { wrap: true, times: 'off' };
  @property({ attribute: false }) shown: ReadonlySet<LogStream> = new Set(STREAMS);
  @property({ attribute: false }) search: SearchState | null = null;
  @property({ attribute: false }) ordinal: number | null = null;
  @property({ attribute: false }) downloadAddress: string | null = null;
  @property({ attribute: false }) bytesAddress: string | null = null;
  /** What Copy copies. */
  @property({ attribute: false }) copies = 'the log';
  @query('log-search-box') private box!: LogSearchBox;
  @query('action-menu') private menu!: ActionMenu;

  focusSearch(): void {
    this.box.focus();
  }

  focusDownload(): void {
    this.renderRoot.querySelector<HTMLElement>('a[download]')?.focus();
  }

  override render() {
    return html`
      <log-search-box .state=${this.search} .ordinal=${this.ordinal}></log-search-box>
      <div class="group" role="group" aria-label="Streams">${STREAMS.map((stream) => this.#streamButton(stream))}</div>
      <div class="group">
        ${this.#timesSelect()}${this.#wrapButton()}${this.#copyButton()}${this.#downloadLink()}${this.#downloadsButton()}
      </div>
      <action-menu></action-menu>
    `;
  }

  #streamButton(stream: LogStream) {
    const isShown = this.shown.has(stream);
    return html`<button
      class="button quiet small"
      aria-pressed=${isShown}
      title=${isShown ? `Hide ${STREAM_NAME[stream]}` : `Show ${STREAM_NAME[stream]}`}
      @click=${() => this.#toggle(stream)}
    >
      ${STREAM_NAME[stream]}
    </button>`;
  }

  #timesSelect() {
    return html`<select
      class="select"
      aria-label="Times"
      .value=${this.settings.times}
      @change=${(event: Event) =>
        this.#ask({ settings: { ...this.settings, times: (event.target as HTMLSelectElement).value as Times } })}
    >
      ${TIMES.map(
        (times) => html`<option value=${times} ?selected=${times === this.settings.times}>${timesName(times)}</option>`,
      )}
    </select>`;
  }

  #wrapButton() {
    const { wrap } = this.settings;
    return html`<button
      class="button quiet small"
      aria-pressed=${wrap}
      title="Wrap long lines"
      @click=${() => this.#ask({ settings: { ...this.settings, wrap: !wrap } })}
    >
      Wrap
    </button>`;
  }

  #copyButton() {
    const label = `Copy ${this.copies}`;
    const actions = [
      { label, icon: 'copy', run: () => this.#ask({ copy: 'plain' }) },
      { label: `${label} with colour codes`, icon: 'copy', run: () => this.#ask({ copy: 'colours' }) },
    ] as const;
    return this.#menuButton('copy', label, actions);
  }

  #downloadLink() {
    if (this.downloadAddress === null) return nothing;
    return html`<a
      class="button quiet icon small"
      href=${this.downloadAddress}
      download
      aria-label="Download the log"
      title="Download the log"
    >
      <ui-icon name="download"></ui-icon>
    </a>`;
  }

  #downloadsButton() {
    const { downloadAddress, bytesAddress } = this;
    if (downloadAddress === null || bytesAddress === null) return nothing;
    const label = 'More downloads';
    const actions = [
      { label: 'Text, with what Runlet said', icon: 'download', run: () => download(downloadAddress) },
      { label: 'Exact bytes', icon: 'download', run: () => download(bytesAddress) },
    ] as const;
    return this.#menuButton('chevron-down', label, actions);
  }

  #menuButton(icon: IconName, label: string, actions: readonly MenuAction[]) {
    return html`<button
      class="button quiet icon small"
      aria-haspopup="menu"
      aria-label=${label}
      title=${label}
      @click=${({ currentTarget }: Event) => this.menu.open(currentTarget as HTMLElement, label, actions)}
    >
      <ui-icon name=${icon}></ui-icon>
    </button>`;
  }

  #toggle(stream: LogStream): void {
    const shown = new Set(this.shown);
    if (!shown.delete(stream)) shown.add(stream);
    this.#ask({ shown });
  }

  #ask(wish: ToolbarWish): void {
    this.dispatchEvent(new CustomEvent<ToolbarWish>('log-wish', { detail: wish, bubbles: true, composed: true }));
  }
}

const download = (address: string): void => {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
};

declare global {
  interface HTMLElementTagNameMap {
    'log-toolbar': LogToolbar;
  }
  interface HTMLElementEventMap {
    'log-wish': CustomEvent<ToolbarWish>;
  }
}
