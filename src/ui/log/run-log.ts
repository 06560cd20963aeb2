import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { isApiError, messageOf } from '../api/api-error.js';
import { addShortcuts, keyHint } from '../app/shortcuts.js';
import { notify } from '../elements/notices.js';
import '../elements/ui-icon.js';
import { copyText } from '../platform/copy-text.js';
import { controls } from '../styles/controls.js';
import { textToCopy } from './copy-lines.js';
import type { Encoding } from './encodings.js';
import { logColors } from './log-colors.js';
import './log-encoding.js';
import { LogModel } from './log-model.js';
import { LogSearch } from './log-search.js';
import type { SearchWish } from './log-search-box.js';
import { keepLogSettings, type LogSettings, readLogSettings, TIMES } from './log-settings.js';
import type { LogSource } from './log-source.js';
import './log-toolbar.js';
import type { LogToolbar, ToolbarWish } from './log-toolbar.js';
import { runLogStyles } from './run-log-styles.js';
import type { RowLook } from './row-view.js';
import { RowWindow } from './row-window.js';
import { SectionLoader } from './section-loader.js';
import { textToPrint } from './text-to-print.js';

/** Line numbers, both included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** A reader who scrolls past does not want what is there. */
const REST_MS = 80;
/** How often matches are counted again while the log grows, and how often its growth is told to screen readers. */
const SEARCH_AGAIN_MS = 2000;
const TELL_MS = 5000;

/**
 * The log of a run: rows of real text, as many of them in the page as there is room for. It shows what is in `model` and asks `source` for the
 * rest. A line that the reader picks is told by a `log-lines` event.
 */
@customElement('run-log')
export class RunLog extends LitElement {
  static override styles = [controls, logColors, runLogStyles];

  @property({ attribute: false }) model = new LogModel();
  /** Null: everything there is is in the model. */
  @property({ attribute: false }) source: LogSource | null = null;
  /** More may come. */
  @property({ type: Boolean }) live = false;
  /** What relative times are counted from, ms since the epoch. */
  @property({ attribute: false }) startedAt = 0;
  /** Lines that are marked; the first of them is gone to. */
  @property({ attribute: false }) selected: LineRange | null = null;
  /** In which the model's text was read. */
  @property({ attribute: false }) encoding: Encoding = 'utf-8';
  /** The output is too long to be read in another. */
  @property({ type: Boolean }) tooLongToDecode = false;
  /** Said while there are no lines. */
  @property({ attribute: false }) emptyText = 'No output.';

  @state() private settings: LogSettings = readLogSettings();
  @state() private atEnd = true;
  @state() private waiting = 0;
  @state() private told = '';
  @state() private isEmpty = true;
  @state() private hasBytes = false;
  /** Rows that are not in the page too. */
  @state() private allSelected = false;
  /** Null while nobody prints. */
  @state() private printed: string | null = null;
  @query('.viewport') private viewport!: HTMLElement;
  @query('log-toolbar') private toolbar!: LogToolbar;

  readonly #search = new LogSearch(this.model, null, (line) => this.#searched(line));
  #window: RowWindow | null = null;
  #loader: SectionLoader | null = null;
  #look: RowLook = { marks: { text: '', matchCase: false }, match: null, selected: null, times: 'off', startedAt: 0 };
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #rowsWhenLeft = 0;
  #pendingLine: number | null = null;
  #searchedAt = 0;
  #toldAt = 0;
  #resized: ResizeObserver | null = null;
  #removeShortcuts: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#removeShortcuts = addShortcuts([
      { keys: '/', does: 'Search the log', run: () => this.toolbar.focusSearch() },
      { keys: 'Mod+F', does: 'Search the log', run: () => this.toolbar.focusSearch(), outside: true },
      { keys: 'Mod+A', does: 'Select the whole log, for Copy', run: () => this.#selectAll(), outside: true },
      { keys: 'Mod+P', does: 'Print the log', run: () => void this.#print() },
      { keys: 'n', does: 'Next match', run: () => this.#search.next() },
      { keys: 'N', does: 'Previous match', run: () => this.#search.previous() },
      { keys: 'f', does: 'Go to the end of the log and stay there', run: () => this.follow() },
      { keys: 'b', does: 'Go to the beginning of the log', run: () => this.#goToStart() },
      { keys: 'w', does: 'Wrap long lines, or not', run: () => this.#set({ wrap: !this.settings.wrap }) },
      { keys: 't', does: 'Show no times, clock times, times from the start', run: () => this.#nextTimes() },
    ]);
    document.addEventListener('copy', this.#onCopy);
    document.addEventListener('pointerdown', this.#unselect);
    document.addEventListener('keydown', this.#onKey);
    window.addEventListener('beforeprint', this.#onBeforePrint);
    window.addEventListener('afterprint', this.#onAfterPrint);
    if (this.hasUpdated) this.#watchSize();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#removeShortcuts();
    document.removeEventListener('copy', this.#onCopy);
    document.removeEventListener('pointerdown', this.#unselect);
    document.removeEventListener('keydown', this.#onKey);
    window.removeEventListener('beforeprint', this.#onBeforePrint);
    window.removeEventListener('afterprint', this.#onAfterPrint);
    this.#search.stop();
    this.#loader?.stop();
    this.#resized?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#rest);
  }

  /** Shows the end, and what comes. */
  follow(): void {
    this.#window?.follow();
    this.#schedule();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model') || changed.has('source')) {
      this.model.onchange = () => this.#schedule();
      this.model.onrecount = (end, by) => this.#window?.recount(end, by);
      this.#loader?.stop();
      this.#loader = this.source && new SectionLoader(this.model, this.source);
      this.#search.over(this.model, this.source);
      this.#rowsWhenLeft = 0;
    }
    if (changed.has('selected') && this.selected) this.#pendingLine = this.selected.from;
    this.#look = {
      marks: sameMarks(this.#look.marks, this.#search.state),
      match: this.#search.state.line === null ? null : this.model.shownAs(this.#search.state.line),
      selected: this.selected,
      times: this.settings.times,
      startedAt: this.startedAt,
    };
  }

  protected override firstUpdated(): void {
    const [space, block] = [this.viewport.querySelector('.space'), this.viewport.querySelector('.block')];
    if (!(space instanceof HTMLElement) || !(block instanceof HTMLElement)) return;
    this.#window = new RowWindow({ viewport: this.viewport, space, block }, this.#look);
    this.#watchSize();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('model')) this.#window?.follow();
    this.#window?.setWrap(this.settings.wrap);
    this.#draw();
  }

  override render() {
    return html`
      <log-toolbar
        .settings=${this.settings}
        .shown=${this.model.shown}
        .search=${this.#search.state}
        .ordinal=${this.#search.ordinal}
        .downloadAddress=${this.source?.downloadAddress ?? null}
        .bytesAddress=${this.source?.bytesAddress ?? null}
        .copies=${this.selected ? nameOf(this.selected) : 'the log'}
        @log-wish=${this.#onWish}
        @log-search=${this.#onSearch}
      ></log-toolbar>
      ${
        this.hasBytes || this.encoding !== 'utf-8'
          ? html`<log-encoding
              .encoding=${this.encoding}
              ?tooLong=${this.tooLongToDecode}
              .bytesAddress=${this.source?.bytesAddress ?? null}
            ></log-encoding>`
          : nothing
      }
      <div class="rows ${this.settings.wrap ? 'wrap' : ''} ${this.allSelected ? 'all' : ''}">
        <div
          class="viewport"
          role="log"
          aria-label="Output of the run"
          aria-live="off"
          tabindex="0"
          @scroll=${this.#onScroll}
          @click=${this.#onClick}
        >
          <div class="space"><div class="block"></div></div>
        </div>
        ${this.isEmpty ? html`<p class="empty">${this.emptyText}</p>` : nothing}
        ${this.atEnd || this.isEmpty ? nothing : this.#endButton()}
      </div>
      ${this.printed === null ? nothing : html`<pre class="print">${this.printed}</pre>`}
      <span class="visually-hidden" role="status">${this.told}</span>
    `;
  }

  #endButton() {
    const text =
      this.waiting > 0 ? `${grouped(this.waiting)} new ${this.waiting === 1 ? 'line' : 'lines'}` : 'To the end';
    return html`<div class="end">
      <button class="button small" title="Go to the end and stay there${keyHint('f')}" @click=${() => this.follow()}>
        <span aria-hidden="true">↓</span> ${text}
      </button>
    </div>`;
  }

  #watchSize(): void {
    this.#resized ??= new ResizeObserver(() => this.#schedule());
    this.#resized.observe(this.viewport);
  }

  #schedule(): void {
    if (this.#frame !== 0 || !this.isConnected) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const { model } = this;
    const rows = this.#window;
    if (!rows) return;
    if (this.#pendingLine !== null && this.#pendingLine <= model.lastLine) {
      const line = this.#pendingLine;
      this.#pendingLine = null;
      void this.#goToLine(line);
    }
    this.style.setProperty('--digits', `${Math.max(3, String(model.lastLine).length)}ch`);
    rows.draw(model, this.#look);
    this.#account(rows.isAtEnd);
    clearTimeout(this.#rest);
    const { first, last } = rows.present;
    const missing = model.missing(first, last);
    if (missing.length > 0) this.#rest = setTimeout(() => this.#loader?.want(missing), REST_MS);
    const now = performance.now();
    if (this.live && now - this.#searchedAt > SEARCH_AGAIN_MS) {
      this.#searchedAt = now;
      this.#search.refresh();
    }
  }

  /** What the frame around the rows says. */
  #account(isAtEnd: boolean): void {
    const { rows } = this.model;
    if (isAtEnd) this.#rowsWhenLeft = rows;
    this.atEnd = isAtEnd;
    this.waiting = Math.max(0, rows - this.#rowsWhenLeft);
    this.isEmpty = rows === 0;
    this.hasBytes = this.model.hasBytes;
    const now = performance.now();
    if (this.waiting === 0) this.told = '';
    else if (now - this.#toldAt > TELL_MS) {
      this.#toldAt = now;
      this.told = `${this.waiting} new lines`;
    }
  }

  async #goToLine(line: number): Promise<void> {
    const { model } = this;
    const section = model.sectionOfLine(line);
    if (section && !section.isHeld) await this.#loader?.load(section);
    const row = model.rowOfLine(line);
    if (row === null || model !== this.model) return;
    this.#window?.goTo(row);
    this.#draw();
  }

  #goToStart(): void {
    this.#window?.goToStart();
    this.#draw();
  }

  #settle: ReturnType<typeof setTimeout> | undefined;
  readonly #onScroll = (): void => {
    if (!this.#window?.scrolled()) return;
    this.#schedule();
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      if (this.#window?.settled()) this.#schedule();
    }, 150);
  };

  readonly #onClick = (event: MouseEvent): void => {
    const [target] = event.composedPath();
    if (!(target instanceof HTMLAnchorElement) || !target.classList.contains('number')) return;
    event.preventDefault();
    const line = Number(target.textContent);
    const from = event.shiftKey && this.selected ? Math.min(this.selected.from, line) : line;
    const to = event.shiftKey && this.selected ? Math.max(this.selected.from, line) : line;
    const isSame = this.selected?.from === from && this.selected.to === to;
    this.selected = isSame ? null : { from, to };
    this.requestUpdate();
    void this.updateComplete.then(() => (this.#pendingLine = null)); // the reader is there already
    this.dispatchEvent(new CustomEvent('log-lines', { detail: this.selected, bubbles: true, composed: true }));
  };

  readonly #onSearch = ({ detail }: CustomEvent<SearchWish>): void => {
    if ('step' in detail) this.#search[detail.step]();
    else this.#search.set(detail, this.#placeOfReader());
  };

  /** The number of the line that the reader is at, for what is nearest. */
  #placeOfReader(): number {
    if (!this.#window || this.#window.following) return Math.max(1, this.model.lastLine);
    const { first, last } = this.#window.visible;
    for (let row = first; row < last; row++) {
      const number = this.model.line(row)?.number ?? 0;
      if (number > 0) return number;
    }
    return 1;
  }

  #searched(goTo: number | null): void {
    this.requestUpdate();
    if (goTo !== null) void this.updateComplete.then(() => this.#goToLine(goTo));
  }

  readonly #onWish = ({ detail }: CustomEvent<ToolbarWish>): void => {
    if ('settings' in detail) this.#set(detail.settings);
    else if ('copy' in detail) void this.#copy(detail.copy === 'colours');
    else this.#show(detail.shown);
  };

  #show(shown: LogModel['shown']): void {
    const place = this.#placeOfReader();
    const following = this.#window?.following ?? true;
    this.model.shown = shown;
    if (!following) this.#pendingLine = place;
    const { text } = this.#search.state;
    if (text !== '') this.#search.set({ text }, place);
    this.requestUpdate();
  }

  #set(change: Partial<LogSettings>): void {
    this.settings = { ...this.settings, ...change };
    keepLogSettings(this.settings);
  }

  #nextTimes(): void {
    const next = TIMES[(TIMES.indexOf(this.settings.times) + 1) % TIMES.length];
    if (next) this.#set({ times: next });
  }

  #selectAll(): void {
    this.allSelected = true;
    const block = this.viewport.querySelector('.block');
    if (block) document.getSelection()?.selectAllChildren(block);
    this.told = 'The whole log is selected';
  }

  readonly #unselect = (): void => {
    this.allSelected = false;
  };

  readonly #onKey = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') this.#unselect();
  };

  /** What is selected is more than what is in the page. */
  readonly #onCopy = (event: ClipboardEvent): void => {
    const [target] = event.composedPath();
    if (!this.allSelected || target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    void this.#copy(false, null);
  };

  /** The beginning and the end may not be held, and cannot be waited for once the browser prints. */
  async #print(): Promise<void> {
    const { model } = this;
    for (const section of model.endSections) await this.#loader?.load(section);
    if (model === this.model) window.print();
  }

  readonly #onBeforePrint = (): void => {
    this.printed = textToPrint(this.model);
    this.performUpdate(); // the browser takes the page as it is when this returns
  };

  readonly #onAfterPrint = (): void => {
    this.printed = null;
  };

  async #copy(withColours: boolean, lines = this.selected): Promise<void> {
    const { model, source } = this;
    try {
      const text = await textToCopy({ model, source, loader: this.#loader, lines, withColours });
      if (text === null) {
        notify('This is too long to copy: download the log instead.', 'danger');
        this.toolbar.focusDownload();
      } else if (await copyText(text)) notify(`Copied ${lines ? nameOf(lines) : 'the log'}.`, 'success');
      else notify('The browser did not let the page copy.', 'danger');
    } catch (error) {
      if (!isApiError(error)) throw error;
      notify(`Not copied: ${messageOf(error)}`, 'danger');
    }
  }
}

const nameOf = ({ from, to }: LineRange): string => (from === to ? `line ${from}` : `lines ${from} to ${to}`);

/** `1 204` */
const grouped = (count: number): string => count.toLocaleString('en').replaceAll(',', '\u202f');

const sameMarks = (marks: RowLook['marks'], { text, matchCase }: RowLook['marks']): RowLook['marks'] =>
  marks.text === text && marks.matchCase === matchCase ? marks : { text, matchCase };

declare global {
  interface HTMLElementTagNameMap {
    'run-log': RunLog;
  }
  interface HTMLElementEventMap {
    'log-lines': CustomEvent<LineRange | null>;
  }
}
