import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { isApiError, messageOf } from '../api/api-error.js';
import { deleteScript, type ScriptSummaryItem, updateScript } from '../api/scripts.js';
import { pageAddress } from '../app/addresses.js';
import { Page } from '../app/page.js';
import { navigate, router } from '../app/router.js';
import { to } from '../app/routes.js';
import { addShortcuts, singleKeysWork } from '../app/shortcuts.js';
import type { ActionMenu, MenuAction } from '../elements/action-menu.js';
import { choice, keyOf } from '../elements/choice.js';
import { ask } from '../elements/confirm-dialog.js';
import { notify } from '../elements/notices.js';
import { watchRuns } from '../live/watch-runs.js';
import { startScript } from '../run/start-script.js';
import { controls, pageFrame } from '../styles/controls.js';
import { filterScripts, KINDS, type ScriptFilter, STATES } from './scripts/filter-scripts.js';
import { ScriptList } from './scripts/script-list.js';
import type { ScriptRowEvent, ScriptRows } from './scripts/script-rows.js';
import '../elements/action-menu.js';
import '../elements/empty-state.js';
import '../elements/ui-icon.js';
import './scripts/example-choices.js';
import './scripts/script-rows.js';

/** The list of scripts. */
@customElement('scripts-page')
export class ScriptsPage extends Page {
  static override styles = [
    controls,
    pageFrame,
    css`
      .filters {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        margin-block-end: var(--space-3);
      }
      .search {
        position: relative;
        flex: 1 1 240px;
        max-inline-size: 420px;
      }
      .search input {
        inline-size: 100%;
        padding-inline: 32px;
      }
      .search ui-icon {
        position: absolute;
        inset-block-start: 8px;
        inset-inline-start: 10px;
        color: var(--color-text-muted);
      }
      .search kbd {
        position: absolute;
        inset-block-start: 7px;
        inset-inline-end: 8px;
        color: var(--color-text-muted);
        font-size: 11px;
        line-height: 16px;
        pointer-events: none;
      }
      .search input:focus + kbd {
        display: none;
      }
      h1 .count {
        margin-inline-start: var(--space-1);
        color: var(--color-text-muted);
        font-weight: 400;
      }
      example-choices {
        inline-size: 100%;
        max-inline-size: 880px;
        margin-block-start: var(--space-3);
      }
    `,
  ];

  @state() private filter: ScriptFilter = NO_FILTER;
  @state() private starting: ReadonlySet<string> = new Set();
  @query('script-rows') private rows!: ScriptRows | null;
  @query('action-menu') private menu!: ActionMenu;
  readonly #list = new ScriptList(this);
  #removeShortcuts = (): void => undefined;

  constructor() {
    super();
    watchRuns(this, { onRun: (run) => this.#list.noteRun(run), onReload: (signal) => this.#list.read(signal) });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Scripts');
    void this.#list.refresh();
    this.#removeShortcuts = addShortcuts([
      { keys: '/', does: 'Filter the scripts', run: () => this.#filterInput()?.focus() },
      { keys: 'n', does: 'New script', run: () => void navigate(to.newScript()) },
      { keys: '↑ ↓', does: 'Go from row to row' },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#removeShortcuts();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('location')) return;
    this.filter = filterOf(this.location.query);
    const items = this.location.kept as readonly ScriptSummaryItem[] | null | undefined;
    if (items) this.#list.begin(items);
  }

  override keep(): readonly ScriptSummaryItem[] | null {
    return this.#list.items;
  }

  override render() {
    const all = this.#list.items;
    return html`
      <div class="page-head">
        <h1 tabindex="-1">Scripts${all?.length ? html` <span class="count">${all.length}</span>` : nothing}</h1>
        <div class="actions">
          <a class="button primary" href=${pageAddress(to.newScript())}><ui-icon name="plus"></ui-icon>New script</a>
        </div>
      </div>
      ${all ? this.#content(all) : this.#waiting()}
      <action-menu></action-menu>
    `;
  }

  #waiting() {
    const { error } = this.#list;
    if (error === null) return html`<div class="waiting" aria-busy="true">Reading the scripts…</div>`;
    return html`<empty-state icon="alert" heading="The scripts could not be read">
      <p>${messageOf(error)}</p>
      <button class="button" @click=${() => this.#list.refresh()}><ui-icon name="refresh"></ui-icon>Try again</button>
    </empty-state>`;
  }

  #content(all: readonly ScriptSummaryItem[]) {
    if (all.length === 0) {
      return html`<empty-state icon="terminal" heading="No scripts yet">
        <p>
          A script is a few lines of bash or JavaScript that are kept, run and watched here. Begin with one of these:
        </p>
        <example-choices></example-choices>
      </empty-state>`;
    }
    const shown = filterScripts(all, this.filter);
    return html`
      ${this.#filters()}
      <p class="visually-hidden" role="status">${shown.length} of ${all.length} scripts</p>
      ${
        shown.length > 0
          ? html`<script-rows
              .scripts=${shown}
              .starting=${this.starting}
              @script-run=${({ script }: ScriptRowEvent) => this.#run(script)}
              @script-menu=${({ script, opener }: ScriptRowEvent) =>
                this.menu.open(opener, `Actions for ${nameOf(script)}`, this.#actionsOf(script))}
            ></script-rows>`
          : html`<empty-state icon="filter" heading="No script is like that">
              <p>
                ${all.length === 1 ? 'The one script does not fit' : `None of the ${all.length} scripts fits`} the
                filter.
              </p>
              <button class="button" @click=${() => this.#setFilter(NO_FILTER)}>Show all</button>
            </empty-state>`
      }
    `;
  }

  #filters() {
    const { text, kind, state } = this.filter;
    return html`<div class="filters" role="search">
      <div class="search">
        <ui-icon name="search"></ui-icon>
        <input
          class="input"
          type="text"
          autocomplete="off"
          spellcheck="false"
          placeholder="Filter by name, identifier, description"
          aria-label="Filter scripts"
          .value=${text}
          @input=${(event: Event) => this.#setFilter({ text: (event.target as HTMLInputElement).value })}
          @keydown=${this.#onFilterKey}
        />
        ${singleKeysWork() ? html`<kbd aria-hidden="true">/</kbd>` : nothing}
      </div>
      ${choice('Type', 'Any type', KINDS, kind, (value) => this.#setFilter({ kind: value }))}
      ${choice('State', 'Any state', STATES, state, (value) => this.#setFilter({ state: value }))}
    </div>`;
  }

  #setFilter(change: Partial<ScriptFilter>): void {
    this.filter = { ...this.filter, ...change };
    const given = Object.entries(this.filter).filter(([, value]) => value !== '');
    const query = new URLSearchParams(given as [string, string][]).toString();
    router.note(query === '' ? to.scripts() : `?${query}`);
  }

  #onFilterKey(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      this.rows?.focusFirst();
    } else if (event.key === 'Escape') {
      if (this.filter.text === '') (event.target as HTMLElement).blur();
      else this.#setFilter({ text: '' });
    }
  }

  #filterInput(): HTMLInputElement | null {
    return this.renderRoot.querySelector('.search input');
  }

  async #run(script: ScriptSummaryItem): Promise<void> {
    const { id } = script;
    if (this.starting.has(id)) return;
    this.starting = new Set(this.starting).add(id);
    try {
      const runId = await startScript(script);
      if (runId !== null) await navigate(to.run(runId));
    } catch (error) {
      notify(`“${nameOf(script)}” was not started: ${messageOf(error)}`, 'danger');
      void this.#list.refresh();
    } finally {
      this.starting = new Set([...this.starting].filter((each) => each !== id));
    }
  }

  #actionsOf(script: ScriptSummaryItem): readonly MenuAction[] {
    const { id, enabled } = script;
    return [
      { label: 'Edit', icon: 'pencil', run: () => void navigate(to.script(id)) },
      { label: 'Runs', icon: 'history', run: () => void navigate(to.scriptRuns(id)) },
      { label: 'Duplicate', icon: 'copy', run: () => void navigate(to.newScript({ copy: id })) },
      enabled === true
        ? { label: 'Disable', icon: 'ban', run: () => void this.#setEnabled(script, false) }
        : { label: 'Enable', icon: 'check', run: () => void this.#setEnabled(script, true) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => void this.#delete(script) },
    ];
  }

  async #setEnabled({ id, ...script }: ScriptSummaryItem, enabled: boolean): Promise<void> {
    this.#list.change(id, { enabled });
    try {
      await updateScript(id, { enabled });
      notify(`“${nameOf(script)}” is ${enabled ? 'enabled' : 'disabled'}.`, 'success');
    } catch (error) {
      this.#list.change(id, { enabled: script.enabled });
      notify(`“${nameOf(script)}” was not ${enabled ? 'enabled' : 'disabled'}: ${messageOf(error)}`, 'danger');
    }
    void this.#list.refresh();
  }

  async #delete(script: ScriptSummaryItem): Promise<void> {
    const name = nameOf(script);
    const text = 'The script is gone for good. Its finished runs stay readable.';
    if (!(await ask({ heading: `Delete “${name}”?`, text, yes: 'Delete', danger: true }))) return;
    try {
      await deleteScript(script.id);
      notify(`“${name}” is deleted.`, 'success');
      this.#list.remove(script.id);
    } catch (error) {
      if (isApiError(error, 'script.not-found')) notify(`“${name}” had been deleted already.`);
      else notify(`“${name}” was not deleted: ${messageOf(error)}`, 'danger');
    }
    await this.#list.refresh();
    this.rows?.focusFirst();
  }
}

const NO_FILTER: ScriptFilter = { text: '', kind: '', state: '' };

const nameOf = ({ name }: Pick<ScriptSummaryItem, 'name'>): string => name ?? 'Unreadable script';

const filterOf = (query: URLSearchParams): ScriptFilter => ({
  text: query.get('text') ?? '',
  kind: keyOf(KINDS, query.get('kind')),
  state: keyOf(STATES, query.get('state')),
});

declare global {
  interface HTMLElementTagNameMap {
    'scripts-page': ScriptsPage;
  }
}
