import { isAborted, isApiError } from '../api/api-error.js';
import type { LogEventItem } from './log-event.js';
import type { LogModel } from './log-model.js';
import type { LogSection } from './log-section.js';
import type { LogSource } from './log-source.js';

const AT_ONCE = 2;
/** After a request that failed, ms. */
const RETRY_MS = 2000;

/** Loads the sections of a log that are wanted now; what is wanted no longer is given up. */
export class SectionLoader {
  readonly #model: LogModel;
  readonly #source: LogSource;
  readonly #loading = new Map<LogSection, { abort: AbortController; done: Promise<void> }>();
  /** Those that somebody waits for, wherever the reader is meanwhile. */
  readonly #asked = new Set<LogSection>();
  #wanted: readonly LogSection[] = [];
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(model: LogModel, source: LogSource) {
    this.#model = model;
    this.#source = source;
  }

  /** @param sections that are not held, the most urgent first */
  want(sections: readonly LogSection[]): void {
    this.#wanted = sections;
    for (const [section, { abort }] of this.#loading)
      if (!sections.includes(section) && !this.#asked.has(section)) abort.abort();
    this.#next();
  }

  /** Resolves when the section is held, or could not be had. */
  async load(section: LogSection): Promise<void> {
    if (section.isHeld) return;
    this.#asked.add(section);
    await this.#start(section);
    this.#asked.delete(section);
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#asked.clear();
    this.want([]);
  }

  #next(): void {
    for (const section of this.#wanted) {
      if (this.#loading.size >= AT_ONCE) return;
      if (!section.isHeld && !this.#loading.has(section)) void this.#start(section);
    }
  }

  #start(section: LogSection): Promise<void> {
    const present = this.#loading.get(section);
    if (present && !present.abort.signal.aborted) return present.done;
    const abort = new AbortController();
    const done = this.#read(section, abort.signal).finally(() => {
      if (this.#loading.get(section)?.abort === abort) this.#loading.delete(section);
      this.#next();
    });
    this.#loading.set(section, { abort, done });
    return done;
  }

  /** As many pages as it takes: each may be shorter than the section. */
  async #eventsOf({ firstSeq, lastSeq }: LogSection, signal: AbortSignal): Promise<LogEventItem[]> {
    const events: LogEventItem[] = [];
    for (let since = firstSeq - 1; since < lastSeq;) {
      const page = await this.#source.events(since, signal);
      for (const event of page) if (event.type === 'log') events.push(event);
      const last = page.at(-1);
      if (!last || last.type === 'done') break;
      since = last.seq;
    }
    return events;
  }

  async #read(section: LogSection, signal: AbortSignal): Promise<void> {
    try {
      this.#model.fill(section, await this.#eventsOf(section, signal));
    } catch (error) {
      if (isAborted(error) || signal.aborted) return;
      if (!isApiError(error)) throw error;
      this.#wanted = []; // the api client has told the page; not again at once
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#model.onchange(), RETRY_MS);
    }
  }
}
