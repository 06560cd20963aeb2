import { css, html, type PropertyValues } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { isAborted, isApiError, messageOf } from '../api/api-error.js';
import { cancelRun, endLeftovers, getRun, listRuns, type RunEventItem, type RunListItem } from '../api/runs.js';
import { getScriptSummary, type ScriptSummaryItem } from '../api/scripts.js';
import { apiAddress, pageAddress } from '../app/addresses.js';
import { Page } from '../app/page.js';
import { navigate, router } from '../app/router.js';
import { to } from '../app/routes.js';
import { addShortcuts } from '../app/shortcuts.js';
import { ask, type Question } from '../elements/confirm-dialog.js';
import '../elements/empty-state.js';
import { notify } from '../elements/notices.js';
import { followRun } from '../live/follow-run.js';
import { type Encoding, OutputDecoder } from '../log/encodings.js';
import { LogModel } from '../log/log-model.js';
import type { LogSource } from '../log/log-source.js';
import '../log/run-log.js';
import type { LineRange } from '../log/run-log.js';
import { serverLogSource } from '../log/server-log-source.js';
import { copyText } from '../platform/copy-text.js';
import { serverClock } from '../platform/server-clock.js';
import { curlCommand } from '../run/curl-command.js';
import { type Failure, findFailure } from '../run/find-failure.js';
import { keptTailOf } from '../run/kept-tail.js';
import { readLineHash, writeLineHash } from '../run/line-hash.js';
import { openLog } from '../run/open-log.js';
import type { ReadableRun } from '../run/reason-words.js';
import '../run/run-header.js';
import type { RunHeader, RunWish } from '../run/run-header.js';
import { processes, stillLeft } from '../run/run-leftovers.js';
import { afterEvent, progressOf, readAgain, type RunProgress } from '../run/run-progress.js';
import { startScript } from '../run/start-script.js';
import { showTabIcon, titleSign } from '../run/tab-sign.js';
import { Ticking } from '../run/ticking.js';
import { controls } from '../styles/controls.js';

/** How often a run that waits is asked for its place. */
const QUEUE_MS = 2000;
/** How often one that left processes running is, which somebody else may end. */
const LEFT_MS = 5000;

/** A run: how it is, what it prints, what can be done with it. */
@customElement('run-page')
export class RunPage extends Page {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--space-3);
        block-size: calc(100vh - var(--bar-height));
        block-size: calc(100dvh - var(--bar-height));
        padding: var(--space-4) var(--space-6);
      }
      run-log {
        flex: 1 1 auto;
        min-block-size: 240px;
      }
      @media print {
        :host {
          display: block;
          block-size: auto;
        }
      }
      @media (max-width: 640px) {
        :host {
          block-size: auto;
          min-block-size: calc(100dvh - var(--bar-height));
          padding: var(--space-3);
        }
        run-log {
          block-size: 70dvh;
        }
      }
    `,
  ];

  @state() private progress: RunProgress | null = null;
  @state() private script: ScriptSummaryItem | 'gone' | null = null;
  @state() private model = new LogModel();
  @state() private source: LogSource | null = null;
  @state() private failure: string | null = null;
  @state() private starting = false;
  @state() private ending = false;
  @state() private selected: LineRange | null = null;
  /** Why it failed, as its log tells. */
  @state() private found: Failure | null = null;
  @state() private lastGood: RunListItem | null = null;
  /** Its last event is in the model: the connection is complete before that. */
  @state() private isRead = false;
  /** As the reader has chosen. */
  @state() private encoding: Encoding = 'utf-8';
  @query('run-header') private header!: RunHeader | null;

  readonly #follower = followRun(this, { onEvents: (events) => this.#take(events) });
  #decoder = new OutputDecoder('utf-8');
  #runId = '';
  #loading = new AbortController();
  #heardAt = 0;
  #readAt = -Infinity;
  #putIconBack: () => void = () => undefined;
  #removeShortcuts: () => void = () => undefined;

  constructor() {
    super();
    new Ticking(this, () => this.progress !== null && mayChange(this.progress.run));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#removeShortcuts = addShortcuts([
      { keys: 'Mod+Enter', does: 'Run the script again', run: () => void this.#again() },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#loading.abort();
    this.#putIconBack();
    this.#removeShortcuts();
  }

  override focusHeading(): void {
    void this.header?.focusHeading();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('location')) {
      const { runId = '' } = this.location.params;
      this.selected = readLineHash(this.location.hash);
      if (runId !== this.#runId) void this.#open(runId);
    }
    if (changed.has('progress') || changed.has('location')) this.#showInTab();
    this.#readNowAndThen();
  }

  override render() {
    if (this.failure !== null)
      return html`<empty-state whole heading="This run cannot be shown" icon="alert">${this.failure}</empty-state>`;
    const { progress } = this;
    const now = serverClock.now();
    return html`
      <run-header
        .progress=${progress}
        .connection=${this.#follower.state}
        .usualMs=${usualMs(this.script)}
        .lines=${this.model.lastLine}
        .silentMs=${progress && this.#silentMs(progress.run, now)}
        .now=${now}
        ?starting=${this.starting}
        ?ending=${this.ending}
        .notAgain=${this.#notAgain()}
        .failure=${this.found}
        .lastGood=${this.lastGood}
        .tail=${progress && keptTailOf(progress.run, this.isRead ? this.model.lastLine : null)}
        @go-to-line=${({ detail }: CustomEvent<number>) => this.#select({ from: detail, to: detail })}
        @run-wish=${this.#onWish}
        @end-leftovers=${() => this.#endLeftovers()}
      ></run-header>
      <run-log
        .model=${this.model}
        .source=${this.source}
        ?live=${progress?.run.finishedAt === null}
        .startedAt=${Date.parse(progress?.run.startedAt ?? progress?.run.createdAt ?? '')}
        .selected=${this.selected}
        .emptyText=${emptyText(progress?.run, this.isRead)}
        .encoding=${this.encoding}
        ?tooLongToDecode=${(progress?.run.meta.output.bytes ?? 0) > MOST_DECODED_BYTES}
        @log-lines=${this.#onLines}
        @log-encoding=${({ detail }: CustomEvent<Encoding>) => this.#readAs(detail)}
      ></run-log>
    `;
  }

  async #open(runId: string): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.#follower.stop();
    this.#runId = runId;
    this.progress = null;
    this.failure = this.found = this.lastGood = null;
    this.isRead = false;
    this.model = new LogModel();
    this.source = null;
    this.encoding = 'utf-8';
    try {
      const run = await getRun(runId, { signal });
      if (run.status === null) throw new Error(run.invalid.map(({ path, message }) => `${path} ${message}`).join('; '));
      this.progress = progressOf(run);
      void this.#readScript(run.scriptId, signal);
      await this.#readLog(run, signal);
    } catch (error) {
      if (!isAborted(error)) this.failure = messageOf(error);
    }
  }

  async #readLog(run: ReadableRun, signal: AbortSignal): Promise<void> {
    const { encoding } = this;
    const { model, since } = await openLog(run, encoding, signal);
    if (signal.aborted || encoding !== this.encoding) return;
    this.model = model;
    this.source = serverLogSource(run.id);
    this.#decoder = new OutputDecoder(encoding);
    this.#heardAt = 0;
    this.#follower.follow(run.id, since);
  }

  async #readAs(encoding: Encoding): Promise<void> {
    const { progress } = this;
    if (!progress || encoding === this.encoding) return;
    this.encoding = encoding;
    this.isRead = false;
    this.#follower.stop();
    try {
      await this.#readLog(progress.run, this.#loading.signal);
    } catch (error) {
      if (!isAborted(error) && !isApiError(error)) throw error; // the shell tells of requests that fail
    }
  }

  #take(events: readonly RunEventItem[]): void {
    for (const event of events) {
      if (event.type === 'log') {
        this.model.add(this.#decoder.read(event));
        this.#heardAt = Date.parse(event.ts);
      } else if (this.progress) this.progress = afterEvent(this.progress, event);
    }
    this.model.onchange();
    if (!events.some(({ type }) => type === 'done')) return;
    this.isRead = true;
    void this.#readRunAgain().then(() => this.#explain());
  }

  /** What the events do not tell: leftovers, result, counts, the place in the queue. */
  async #readRunAgain(): Promise<void> {
    const { signal } = this.#loading;
    try {
      const run = await getRun(this.#runId, { signal });
      if (run.status !== null && this.progress) this.progress = readAgain(this.progress, run);
    } catch (error) {
      if (!isAborted(error) && !isApiError(error)) throw error; // the shell tells of requests that fail
    }
  }

  /** What tells why a run failed: its log ends with whatever the script did after that. */
  async #explain(): Promise<void> {
    const { progress, source, model } = this;
    const { signal } = this.#loading;
    if (!source || (progress?.run.status !== 'failed' && progress?.run.status !== 'timed_out')) return;
    try {
      const { scriptId } = progress.run;
      const [found, good] = await Promise.all([
        findFailure(model, source, signal),
        listRuns({ scriptId, status: 'succeeded', limit: 1 }, { signal }),
      ]);
      if (model !== this.model) return;
      this.found = found;
      this.lastGood = good.items.find((run): run is RunListItem => run.status === 'succeeded') ?? null;
    } catch (error) {
      if (!isAborted(error) && !isApiError(error)) throw error;
    }
  }

  async #readScript(scriptId: string, signal: AbortSignal): Promise<void> {
    try {
      this.script = await getScriptSummary(scriptId, { signal });
    } catch (error) {
      if (isApiError(error, 'script.not-found')) this.script = 'gone';
      else if (!isAborted(error) && !isApiError(error)) throw error;
    }
  }

  /** For what no event tells: the place in the queue, and that another page ended what the run left. */
  #readNowAndThen(): void {
    const run = this.progress?.run;
    const everyMs =
      run?.status === 'queued' ? QUEUE_MS : run?.finishedAt != null && mayChange(run) ? LEFT_MS : Infinity;
    if (this.ending || performance.now() - this.#readAt < everyMs) return;
    this.#readAt = performance.now();
    void this.#readRunAgain();
  }

  #showInTab(): void {
    const run = this.progress?.run;
    this.#putIconBack();
    if (!run) {
      this.setTitle('Run');
      return;
    }
    this.setTitle(titleSign(run.status), run.meta.script.name);
    this.#putIconBack = showTabIcon(run.status);
  }

  #silentMs({ status, startedAt }: ReadableRun, now: number): number | null {
    if (status !== 'running') return null;
    return now - Math.max(this.#heardAt, startedAt === null ? 0 : Date.parse(startedAt));
  }

  #notAgain(): string | null {
    const { script } = this;
    if (script === null) return null;
    if (script === 'gone') return 'The script was deleted';
    if (script.enabled === false) return 'The script is disabled';
    return null;
  }

  readonly #onWish = ({ detail }: CustomEvent<RunWish>): void => {
    const wishes = {
      cancel: () => this.#cancel(),
      again: () => this.#again(),
      'copy-curl': () => this.#copy(curlCommand(apiAddress(`scripts/${this.progress?.run.scriptId}/run`)), 'command'),
      'copy-link': () => this.#copy(this.#link(), 'link'),
    };
    void wishes[detail]();
  };

  async #cancel(): Promise<void> {
    const { progress } = this;
    if (progress?.run.finishedAt !== null || progress.phase === 'killing') return;
    const again = progress.phase !== null;
    this.progress = { ...progress, phase: again ? 'killing' : 'canceling' };
    try {
      if (progress.run.meta.script.runner === 'browser') await stopInPage(progress.run.id);
      await cancelRun(progress.run.id);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.code === 'run.ended') return;
      if (this.progress.run.finishedAt === null) this.progress = { ...this.progress, phase: progress.phase };
      notify(`Not canceled: ${error.message}`, 'danger');
    }
  }

  async #again(): Promise<void> {
    const run = this.progress?.run;
    if (!run || this.starting || this.#notAgain() !== null) return;
    this.starting = true;
    try {
      if (this.script === null) await this.#readScript(run.scriptId, this.#loading.signal);
      if (this.script === null || this.script === 'gone') return;
      const runId = await startScript(this.script);
      if (runId !== null) await navigate(to.run(runId));
    } catch (error) {
      if (!isApiError(error)) throw error;
      notify(`Not started: ${error.message}`, 'danger');
    } finally {
      this.starting = false;
    }
  }

  async #endLeftovers(): Promise<void> {
    const { progress } = this;
    if (!progress || this.ending) return;
    const left = stillLeft(progress.run);
    if (left.length === 0 || !(await ask(questionOf(left)))) return;
    this.ending = true;
    try {
      const run = await endLeftovers(progress.run.id);
      if (run.status === null || run.id !== this.#runId || !this.progress) return;
      this.progress = readAgain(this.progress, run);
      const stuck = stillLeft(run).length;
      if (stuck === 0) notify(`${processes(left.length)} ended.`, 'success');
      else notify(`${processes(stuck)} could not be ended.`, 'danger');
    } catch (error) {
      if (!isApiError(error)) throw error;
      notify(`Not ended: ${error.message}`, 'danger');
    } finally {
      this.ending = false;
    }
  }

  async #copy(text: string, what: string): Promise<void> {
    if (await copyText(text)) notify(`Copied the ${what}.`, 'success');
    else notify('The browser did not let the page copy.', 'danger');
  }

  #link(): string {
    const hash = this.selected ? `#${writeLineHash(this.selected)}` : '';
    return new URL(pageAddress(to.run(this.#runId)) + hash, location.href).href;
  }

  readonly #onLines = ({ detail }: CustomEvent<LineRange | null>): void => this.#select(detail);

  #select(lines: LineRange | null): void {
    this.selected = lines;
    router.note(`${to.run(this.#runId)}${lines ? `#${writeLineHash(lines)}` : ''}`);
  }
}

/** The code for browser scripts is loaded where there is one. */
const stopInPage = async (runId: string): Promise<void> =>
  (await import('../browser-run/browser-runs.js')).stopInPage(runId);

/** Whether what is shown of the run may be out of date in a moment. */
const mayChange = (run: ReadableRun): boolean => run.finishedAt === null || stillLeft(run).length > 0;

const questionOf = (left: ReturnType<typeof stillLeft>): Question => ({
  heading: `End ${left.length === 1 ? 'the process' : `${left.length} processes`} that the script left running?`,
  text:
    `${namesOf(left)}\n` +
    'What they have started is ended too. If the script has restarted a service, this stops the service.',
  yes: left.length === 1 ? 'End it' : 'End them',
  no: left.length === 1 ? 'Leave it running' : 'Leave them running',
  danger: true,
});

const namesOf = (left: ReturnType<typeof stillLeft>): string => {
  const named = left.slice(0, MOST_NAMED).map(({ pid, command }) => `${command} (${pid})`);
  return named.join(', ') + (left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '');
};

const MOST_NAMED = 10;

/** More is not read again to be shown in another encoding. */
const MOST_DECODED_BYTES = 32 * 1024 * 1024;

const usualMs = (script: ScriptSummaryItem | 'gone' | null): number | null =>
  script === null || script === 'gone' ? null : script.usualDurationMs;

const emptyText = (run: ReadableRun | undefined, isComplete: boolean): string => {
  if (!run) return '';
  if (run.finishedAt !== null && !isComplete) return 'Reading the log …';
  if (run.finishedAt !== null && run.outputTail !== '') return 'The log of this run is not there.';
  if (run.status === 'queued') return 'Waits for its turn.';
  return run.finishedAt === null ? 'Nothing printed yet.' : 'It printed nothing.';
};

declare global {
  interface HTMLElementTagNameMap {
    'run-page': RunPage;
  }
}
