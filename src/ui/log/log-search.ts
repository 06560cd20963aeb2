import { isAborted, isApiError, messageOf } from '../api/api-error.js';
import { findMatches } from './find-matches.js';
import { readPlain } from './control-sequences.js';
import type { LogModel } from './log-model.js';
import type { LogQuery, LogSearchResult, LogSource } from './log-source.js';

/** A word is typed before it is looked for, ms. */
const TYPING_MS = 200;
/** Work at a stretch while held lines are searched, ms. */
const STRETCH_MS = 8;

export interface SearchState {
  readonly text: string;
  readonly matchCase: boolean;
  readonly searching: boolean;
  readonly result: LogSearchResult | null;
  /** The line that the reader is at. */
  readonly line: number | null;
  readonly error: string | null;
}

const NOTHING: SearchState = { text: '', matchCase: false, searching: false, result: null, line: null, error: null };

/** Looks for a text in the whole log: in the page when all of it is there, otherwise on the server. */
export class LogSearch {
  readonly #changed: (goTo: number | null) => void;
  #state = NOTHING;
  #model: LogModel;
  #source: LogSource | null;
  #running: AbortController | null = null;
  #typing: ReturnType<typeof setTimeout> | undefined;

  /** @param changed told of every change, with the line to go to where there is one */
  constructor(model: LogModel, source: LogSource | null, changed: (goTo: number | null) => void) {
    this.#model = model;
    this.#source = source;
    this.#changed = changed;
  }

  get state(): SearchState {
    return this.#state;
  }

  /** Which of all matches the reader is at, from 1. */
  get ordinal(): number | null {
    const { result, line } = this.#state;
    const index = result?.items.findIndex((item) => item.line === line) ?? -1;
    return result && index >= 0 ? result.skipped + index + 1 : null;
  }

  over(model: LogModel, source: LogSource | null): void {
    this.#model = model;
    this.#source = source;
    this.set({ text: '' }, 1);
  }

  /** @param near a line: the match at it, or the next one, is gone to */
  set(change: Partial<Pick<SearchState, 'text' | 'matchCase'>>, near: number): void {
    this.stop();
    this.#state = { ...this.#state, ...change, line: null, result: null, error: null };
    if (this.#state.text !== '') {
      const run = () => void this.#run(near, (items) => items.find(({ line }) => line >= near) ?? items.at(-1));
      this.#state = { ...this.#state, searching: true };
      this.#typing = setTimeout(run, TYPING_MS);
    }
    this.#changed(null);
  }

  next(): void {
    this.#step(
      (items, from) => items.find(({ line }) => line > from),
      ({ total, skipped, items }) => (skipped + items.length < total ? 'on' : 'around'),
      1,
    );
  }

  previous(): void {
    this.#step(
      (items, from) => items.findLast(({ line }) => line < from),
      ({ skipped }) => (skipped > 0 ? 'on' : 'around'),
      this.#model.lastLine,
    );
  }

  /** Counts again, since the log has grown; stays where the reader is. */
  refresh(): void {
    if (this.#state.text === '' || this.#state.searching) return;
    void this.#run(this.#state.line ?? 1, (items) => items.find(({ line }) => line === this.#state.line), true);
  }

  stop(): void {
    clearTimeout(this.#typing);
    this.#running?.abort();
    this.#running = null;
    this.#state = { ...this.#state, searching: false };
  }

  #step(
    pick: (items: LogSearchResult['items'], from: number) => { line: number } | undefined,
    beyond: (result: LogSearchResult) => 'on' | 'around',
    otherEnd: number,
  ): void {
    const { result, line } = this.#state;
    if (!result || result.total === 0) return;
    const from = line ?? 0;
    const found = pick(result.items, from);
    if (found) this.#goTo(found.line);
    else if (beyond(result) === 'on') void this.#run(from, (items) => pick(items, from));
    else if (result.items.length === result.total) {
      const wrapped = otherEnd === 1 ? result.items[0] : result.items.at(-1);
      if (wrapped) this.#goTo(wrapped.line);
    } else void this.#run(otherEnd, (items) => (otherEnd === 1 ? items[0] : items.at(-1)));
  }

  #goTo(line: number): void {
    this.#state = { ...this.#state, line };
    this.#changed(line);
  }

  async #run(
    around: number,
    pick: (items: LogSearchResult['items']) => { line: number } | undefined,
    staying = false,
  ): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.#state = { ...this.#state, searching: true };
    this.#changed(null);
    try {
      const { text, matchCase } = this.#state;
      const stream = onlyStream(this.#model);
      const query: LogQuery = { text, matchCase, around, ...(stream && { stream }) };
      const { signal } = running;
      const elsewhere = this.#model.isWhole ? null : this.#source;
      const result = elsewhere ? await elsewhere.search(query, signal) : await searchHeld(this.#model, query, signal);
      if (signal.aborted) return;
      const line = pick(result.items)?.line ?? null;
      this.#state = { ...this.#state, searching: false, result, line };
      this.#changed(staying ? null : line);
    } catch (error) {
      if (isAborted(error) || running.signal.aborted) return;
      if (!isApiError(error)) throw error;
      this.#state = { ...this.#state, searching: false, error: messageOf(error) };
      this.#changed(null);
    }
  }
}

const onlyStream = ({ shown }: LogModel): 'stdout' | 'stderr' | undefined => {
  if (shown.has('stdout') === shown.has('stderr')) return undefined;
  return shown.has('stdout') ? 'stdout' : 'stderr';
};

/** All matches in lines that are held, in stretches that leave the page free to draw. */
const searchHeld = async (
  model: LogModel,
  { text, matchCase, stream }: LogQuery,
  signal: AbortSignal,
): Promise<LogSearchResult> => {
  const items: { line: number }[] = [];
  let until = performance.now() + STRETCH_MS;
  for (const lines of model.heldLines()) {
    for (const line of lines) {
      if (line.number === 0 || (stream && line.stream !== stream)) continue;
      if (findMatches(readPlain(line.text), text, matchCase).length > 0) items.push({ line: line.number });
    }
    if (performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) break;
    until = performance.now() + STRETCH_MS;
  }
  items.sort((a, b) => a.line - b.line);
  return { items, total: items.length, skipped: 0, complete: true };
};
