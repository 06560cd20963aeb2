import type { LogEvent, LogStream, OutputStream } from '../domain/run/run-event.js';

export interface FoundLine {
  /** The event in which the line begins. */
  readonly seq: number;
  readonly line: number;
  /** At most `TEXT_CHARACTERS` of it. */
  readonly text: string;
}

const TEXT_CHARACTERS = 4096;

interface OpenLine {
  readonly seq: number;
  readonly line: number;
  text: string;
  /** The end of what was read of the line, in which a match may have begun. */
  carry: string;
  found: boolean;
}

export interface FoundLines {
  readonly items: readonly FoundLine[];
  readonly total: number;
  /** How many of them come before the first of `items`. */
  readonly skipped: number;
}

export interface LineSearchOptions {
  readonly matchCase: boolean;
  /** How many lines are kept; all are counted. */
  readonly limit: number;
  readonly stream?: OutputStream;
  /** Keeps the lines nearest to this one, half of them before it, instead of the first ones. */
  readonly around?: number;
}

/** Looks for lines in pieces of output: a line may span pieces, and pieces of the other stream may lie between. Memory is bounded. */
export class LineSearch {
  readonly #wanted: string;
  readonly #options: LineSearchOptions;
  readonly #open = new Map<LogStream, OpenLine>();
  readonly #before: FoundLine[] = [];
  readonly #items: FoundLine[] = [];
  #skipped = 0;
  #lines = 0;
  #total = 0;

  constructor(wanted: string, options: LineSearchOptions) {
    this.#options = options;
    this.#wanted = this.#fold(wanted);
  }

  add({ seq, stream, line }: LogEvent): void {
    let from = 0;
    while (from < line.length) {
      const newline = line.indexOf('\n', from);
      const to = newline === -1 ? line.length : newline;
      this.#extend(seq, stream, line.slice(from, to));
      if (newline !== -1) this.#finish(stream);
      from = to + 1;
    }
  }

  /** Nothing more comes: lines that no newline ended count as they are. */
  end(): void {
    for (const stream of [...this.#open.keys()]) this.#finish(stream);
  }

  found(): FoundLines {
    const items = [...this.#before, ...this.#items].sort((a, b) => a.line - b.line);
    return { items, total: this.#total, skipped: this.#skipped };
  }

  #extend(seq: number, stream: LogStream, text: string): void {
    let open = this.#open.get(stream);
    if (!open) {
      open = { seq, line: ++this.#lines, text: '', carry: '', found: false };
      this.#open.set(stream, open);
    }
    if (open.text.length < TEXT_CHARACTERS) open.text += text.slice(0, TEXT_CHARACTERS - open.text.length);
    if (open.found || (this.#options.stream && stream !== this.#options.stream)) return;
    const looked = open.carry + this.#fold(text);
    open.found = looked.includes(this.#wanted);
    open.carry = this.#wanted.length > 1 ? looked.slice(1 - this.#wanted.length) : '';
  }

  #finish(stream: LogStream): void {
    const open = this.#open.get(stream);
    this.#open.delete(stream);
    if (!open?.found) return;
    this.#total++;
    this.#keep({ seq: open.seq, line: open.line, text: open.text });
  }

  #keep(found: FoundLine): void {
    const { limit, around = 0 } = this.#options;
    if (found.line < around) {
      this.#before.push(found);
      if (this.#before.length <= limit / 2) return;
      this.#before.shift();
      this.#skipped++;
    } else if (this.#before.length + this.#items.length < limit) this.#items.push(found);
  }

  #fold(text: string): string {
    return this.#options.matchCase ? text : text.toLowerCase();
  }
}
