import { html, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { StoredRunListItem } from '../api/runs.js';
import { Page } from '../app/page.js';
import { router } from '../app/router.js';
import { to } from '../app/routes.js';
import { choice } from '../elements/choice.js';
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
import { ScriptNames } from '../history/script-names.js';
import { watchRuns } from '../live/watch-runs.js';
import { controls, pageFrame } from '../styles/controls.js';
import '../elements/empty-state.js';
import '../history/run-rows.js';

type Kept = KeptList<StoredRunListItem>;

/** The runs of all scripts. */
@customElement('runs-page')
export class RunsPage extends Page {
  static override styles = [controls, pageFrame, historyStyles];

  @state() private filter: RunHistoryFilter = NO_RUN_FILTER;
  readonly #scripts = new ScriptNames(this);
  readonly #history = new RunHistory(this, 50);

  constructor() {
    super();
    watchRuns(this, { onRun: (run) => this.#history.note(run), onReload: (signal) => this.#history.read(signal) });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Runs');
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('location')) this.#set(readRunFilter(this.location.query), this.location.kept as Kept | undefined);
  }

  override keep(): Kept {
    return this.#history.keep();
  }

  override render() {
    const { status, trigger, scriptId } = this.filter;
    return html`<div class="page-head"><h1 tabindex="-1">Runs</h1></div>
      <div class="filters" role="search" aria-label="Filter runs">
        ${choice('Status', 'Any status', STATUS_WORDS, status, (value) => this.#choose({ status: value }))}
        ${choice('Trigger', 'Any trigger', TRIGGER_WORDS, trigger, (value) => this.#choose({ trigger: value }))}
        ${choice('Script', 'Any script', this.#scripts.including(scriptId), scriptId, (value) => this.#choose({ scriptId: value }))}
      </div>
      ${this.#list()}`;
  }

  #list() {
    return listBody(this.#history, {
      name: 'runs',
      rows: (runs) => html`<run-rows .runs=${runs}></run-rows>`,
      empty: html`<empty-state icon="history" heading="Nothing has run yet">
        <p>Every run stands here from the moment it starts, and stays when it has ended.</p>
      </empty-state>`,
      filtered: isRunFiltered(this.filter)
        ? { heading: 'No run is like that', showAll: () => this.#choose(NO_RUN_FILTER) }
        : null,
    });
  }

  #choose(change: Partial<RunHistoryFilter>): void {
    this.#set({ ...this.filter, ...change });
    router.note(to.runs(writeRunFilter(this.filter)));
  }

  #set(filter: RunHistoryFilter, kept?: Kept): void {
    this.filter = filter;
    this.#history.show(filter, kept);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'runs-page': RunsPage;
  }
}
