import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ScriptSummaryItem } from '../../api/scripts.js';
import { pageAddress } from '../../app/addresses.js';
import { to } from '../../app/routes.js';
import { KIND_ICON } from '../../elements/script-kind.js';
import { formatDuration } from '../../format/duration.js';
import { controls } from '../../styles/controls.js';
import { isInvalid, isRunnable, kindOf } from './filter-scripts.js';
import { rowStyles } from './script-rows-styles.js';
import { showBidiControls } from '../../format/bidi-controls.js';
import '../../elements/status-badge.js';
import '../../elements/time-ago.js';
import '../../elements/ui-icon.js';

/** What an admin asks of a script in the list. */
export class ScriptRowEvent extends Event {
  readonly script: ScriptSummaryItem;
  /** The button that was pressed. */
  readonly opener: HTMLElement;

  constructor(type: 'script-run' | 'script-menu', script: ScriptSummaryItem, opener: HTMLElement) {
    super(type, { bubbles: true, composed: true });
    this.script = script;
    this.opener = opener;
  }
}

/** Scripts as rows, and as cards where the window is narrow. Arrow keys go from row to row. */
@customElement('script-rows')
export class ScriptRows extends LitElement {
  static override styles = [controls, rowStyles];

  @property({ attribute: false }) scripts: readonly ScriptSummaryItem[] = [];
  /** Ids of those whose start has not been answered yet. */
  @property({ attribute: false }) starting: ReadonlySet<string> = new Set();

  focusFirst(): void {
    this.#links()[0]?.focus();
  }

  override render() {
    return html`
      <div class="heads" aria-hidden="true">
        <span>Script</span><span>Type</span><span>Last run</span><span class="usual">Usually takes</span><span></span>
      </div>
      <ul role="list" @keydown=${this.#onKey}>
        ${repeat(
          this.scripts,
          ({ id }) => id,
          (script) => this.#row(script),
        )}
      </ul>
    `;
  }

  #row(script: ScriptSummaryItem) {
    const { id, enabled } = script;
    const name = showBidiControls(script.name ?? 'Unreadable script');
    const kind = kindOf(script);
    return html`<li data-id=${id} class=${enabled === false ? 'off' : ''}>
      <div class="what">
        <div class="name">
          <a href=${pageAddress(to.script(id))}>${name}</a>
          ${enabled === false ? html`<span class="tag">Disabled</span>` : nothing}
          ${isInvalid(script) ? html`<span class="tag danger">Invalid</span>` : nothing}
        </div>
        <div class="about"><code>${script.codeIdentifier}</code>${this.#description(script)}</div>
      </div>
      <div class="kind">
        ${
          kind === null
            ? nothing
            : html`<ui-icon name=${KIND_ICON[kind]}></ui-icon><span>${script.type}</span
                ><span class="muted">${script.runner === script.type ? nothing : script.runner}</span>`
        }
      </div>
      <div class="last">${this.#lastRun(script)}</div>
      <div class="usual">${this.#usual(script)}</div>
      <div class="actions">${this.#actions(script, name)}</div>
    </li>`;
  }

  #description({ description }: ScriptSummaryItem) {
    return description
      ? html`<span class="description">${showBidiControls(description.split('\n', 1)[0] ?? '')}</span>`
      : nothing;
  }

  #lastRun({ lastRun }: ScriptSummaryItem) {
    if (!lastRun) return html`<span class="muted">Never run</span>`;
    return html`<a href=${pageAddress(to.run(lastRun.id))}><status-badge .status=${lastRun.status}></status-badge></a>
      <time-ago
        stacked
        class="muted"
        .time=${lastRun.finishedAt ?? lastRun.startedAt ?? lastRun.createdAt}
      ></time-ago>`;
  }

  #usual({ usualDurationMs }: ScriptSummaryItem) {
    if (usualDurationMs === null) return nothing;
    return html`<span class="label">usually </span>${formatDuration(usualDurationMs)}`;
  }

  #actions(script: ScriptSummaryItem, name: string) {
    const starts = this.starting.has(script.id);
    return html`
      <button
        class="button small"
        ?disabled=${starts || !isRunnable(script)}
        aria-label="Run ${name}"
        title=${isRunnable(script) ? nothing : 'Only an enabled, valid script can run'}
        @click=${(event: Event) => this.#ask('script-run', script, event)}
      >
        <ui-icon name=${starts ? 'spinner' : 'play'} ?spin=${starts}></ui-icon>Run
      </button>
      <button
        class="button quiet icon small"
        aria-haspopup="menu"
        aria-label="More actions for ${name}"
        @click=${(event: Event) => this.#ask('script-menu', script, event)}
      >
        <ui-icon name="more"></ui-icon>
      </button>
    `;
  }

  #ask(type: 'script-run' | 'script-menu', script: ScriptSummaryItem, { currentTarget }: Event): void {
    this.dispatchEvent(new ScriptRowEvent(type, script, currentTarget as HTMLElement));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const links = this.#links();
    const row = (event.target as Element).closest('li');
    const at = links.findIndex((link) => link.closest('li') === row);
    const next = {
      ArrowDown: links[at + 1],
      ArrowUp: links[at - 1],
      Home: links[0],
      End: links.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  #links(): HTMLAnchorElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLAnchorElement>('.name a')];
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'script-rows': ScriptRows;
  }
  interface HTMLElementEventMap {
    'script-run': ScriptRowEvent;
    'script-menu': ScriptRowEvent;
  }
}
