import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { isApiError, messageOf } from '../api/api-error.js';
import type { RunListItem, StoredRunListItem } from '../api/runs.js';
import { getScript, type ScriptItem } from '../api/scripts.js';
import { pageAddress } from '../app/addresses.js';
import { Page } from '../app/page.js';
import { navigate, router } from '../app/router.js';
import { to } from '../app/routes.js';
import { choice } from '../elements/choice.js';
import { notify } from '../elements/notices.js';
import { historyStyles } from '../history/history-styles.js';
import { listBody } from '../history/list-body.js';
import {
  isRunFiltered,
  NO_RUN_FILTER,
  readRunFilter,
  type RunHistoryFilter,
  STATUS_WORDS,
  TRIGGER_WORDS,
  writeRunFilter,
} from '../history/run-filter.js';
import type { KeptList } from '../history/paged-list.js';
import { RunHistory } from '../history/run-history.js';
import { watchRuns } from '../live/watch-runs.js';
import { startScript } from '../run/start-script.js';
import { controls, pageFrame } from '../styles/controls.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/empty-state.js';
import '../elements/ui-icon.js';
import '../history/run-chart.js';
import '../history/run-rows.js';

interface Kept {
  readonly history: KeptList<StoredRunListItem>;
  readonly latest: KeptList<StoredRunListItem>;
  readonly script: ScriptItem | null;
}

/** Runs in the chart. */
const CHARTED = 60;

/** The runs of one script: how the last ones went, and all of them. */
@customElement('script-runs-page')
export class ScriptRunsPage extends Page {
  static override styles = [
    controls,
    pageFrame,
    historyStyles,
    css`
      run-chart {
        display: block;
        margin-block-end: var(--space-4);
      }
    `,
  ];

  @state() private filter: RunHistoryFilter = NO_RUN_FILTER;
  @state() private script: ScriptItem | null = null;
  @state() private gone = false;
  @state() private starting = false;
  readonly #history = new RunHistory(this, 50);
  readonly #latest = new RunHistory(this, CHARTED);
  #id = '';

  constructor() {
    super();
    watchRuns(this, { onRun: (run) => this.#note(run), onReload: (signal) => this.#read(signal) });
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('location')) return;
    const { id = '' } = this.location.params;
    const kept = this.location.kept as Kept | undefined;
    if (id !== this.#id) {
      this.#id = id;
      this.script = kept?.script ?? null;
      void this.#readScript(id);
    }
    this.#set({ ...readRunFilter(this.location.query), scriptId: id }, kept?.history);
    this.#latest.show({ ...NO_RUN_FILTER, scriptId: id }, kept?.latest);
    this.setTitle(...(this.script ? [this.#name()] : []), 'Runs');
  }

  override keep(): Kept {
    const script = this.script && { ...this.script, script: '', env: [] }; // its text is not for here
    return { history: this.#history.keep(), latest: this.#latest.keep(), script };
  }

  override render() {
    return html`<div class="page-head">
        <h1 tabindex="-1">Runs${this.#name() === '' ? nothing : html` of ${this.#name()}`}</h1>
        <div class="actions">${this.#actions()}</div>
      </div>
      <run-chart .runs=${this.#latest.items ?? []}></run-chart>
      <div class="filters" role="search" aria-label="Filter runs">
        ${choice('Status', 'Any status', STATUS_WORDS, this.filter.status, (status) => this.#choose({ status }))}
        ${choice('Trigger', 'Any trigger', TRIGGER_WORDS, this.filter.trigger, (trigger) => this.#choose({ trigger }))}
      </div>
      ${this.#list()}`;
  }

  #actions() {
    const { script } = this;
    if (this.gone) return html`<span class="tag">The script was deleted</span>`;
    if (!script) return nothing;
    const runnable = script.enabled === true && !('invalid' in script);
    return html`<a class="button" href=${pageAddress(to.script(script.id))}><ui-icon name="pencil"></ui-icon>Edit</a>
      <button class="button primary" ?disabled=${!runnable || this.starting} @click=${() => this.#run(script)}>
        <ui-icon name=${this.starting ? 'spinner' : 'play'} ?spin=${this.starting}></ui-icon>Run
      </button>`;
  }

  #list() {
    return listBody(this.#history, {
      name: 'runs',
      rows: (runs) => html`<run-rows of-one-script .runs=${runs}></run-rows>`,
      empty: html`<empty-state icon="history" heading="It has never run"></empty-state>`,
      filtered: isRunFiltered({ ...this.filter, scriptId: '' })
        ? { heading: 'No run is like that', showAll: () => this.#choose({ status: '', trigger: '' }) }
        : null,
    });
  }

  #name(): string {
    return showBidiControls(this.script?.name ?? '');
  }

  async #run(script: ScriptItem): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    try {
      const runId = await startScript(script);
      if (runId !== null) await navigate(to.run(runId));
    } catch (error) {
      notify(`“${this.#name()}” was not started: ${messageOf(error)}`, 'danger');
      void this.#readScript(script.id);
    } finally {
      this.starting = false;
    }
  }

  #choose(change: Partial<RunHistoryFilter>): void {
    this.#set({ ...this.filter, ...change });
    const query = new URLSearchParams(writeRunFilter({ ...this.filter, scriptId: '' })).toString();
    router.note(to.scriptRuns(this.#id) + (query === '' ? '' : `?${query}`));
  }

  #set(filter: RunHistoryFilter, kept?: KeptList<StoredRunListItem>): void {
    this.filter = filter;
    this.#history.show(filter, kept);
  }

  #note(run: RunListItem): void {
    for (const list of [this.#history, this.#latest]) list.note(run);
  }

  async #read(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#history.read(signal), this.#latest.read(signal)]);
  }

  async #readScript(id: string): Promise<void> {
    try {
      const script = await getScript(id);
      if (id !== this.#id) return;
      this.script = script;
      this.gone = false;
      this.setTitle(this.#name(), 'Runs');
    } catch (error) {
      this.gone = isApiError(error, 'script.not-found');
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'script-runs-page': ScriptRunsPage;
  }
}
