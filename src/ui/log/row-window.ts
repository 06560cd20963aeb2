import type { LogLine } from './line-assembler.js';
import { type RowLook, RowView } from './row-view.js';

/** Of a row that is not wrapped, px. The style sheet has the same. */
export const ROW_HEIGHT = 20;
/** Browsers stop at some 16 to 33 million px; past this the scrollbar stands for rows proportionally. */
const MOST_HEIGHT = 8_000_000;
/** Rows are kept for a selection of text, so that it is not lost by scrolling; not more of them than this. */
const MOST_SELECTED = 3000;

interface Parts {
  /** Scrolls. */
  readonly viewport: HTMLElement;
  /** In it, as high as all rows would be. */
  readonly space: HTMLElement;
  /** In that, the rows that there are. */
  readonly block: HTMLElement;
}

interface Rows {
  readonly rows: number;
  line(row: number): LogLine | undefined;
}

/** The place that the reader is at: `offset` px of the row are above the upper edge; negative when its upper side is below it. */
interface Anchor {
  readonly row: number;
  readonly offset: number;
}

/**
 * Shows the rows of a log around the place that its reader is at. Rows may differ in height, and there may be more of them than a browser can
 * scroll: what holds the place is a row (`Anchor`), taken from the rows on the screen whenever the reader has scrolled within them. Only
 * where the scrollbar was dragged away from them is the row taken from the scrollbar.
 */
export class RowWindow {
  readonly #parts: Parts;
  #views: RowView[] = [];
  readonly #spare: RowView[] = [];
  #first = 0;
  #anchor: Anchor = { row: 0, offset: 0 };
  #following = true;
  #wrap = false;
  /** Mean height of wrapped rows, px. */
  #mean = ROW_HEIGHT;
  #blockTop = 0;
  #blockHeight = 0;
  #spaceHeight = 0;
  #lastTop = 0;
  #rows: Rows = { rows: 0, line: () => undefined };
  #look: RowLook;

  constructor(parts: Parts, look: RowLook) {
    this.#parts = parts;
    this.#look = look;
  }

  /** Stays at the end, whatever comes. */
  get following(): boolean {
    return this.#following;
  }

  /** The last row is on the screen, and stays there or has never left it. */
  get isAtEnd(): boolean {
    return this.#following || this.#spaceHeight <= this.#parts.viewport.clientHeight;
  }

  /** The rows that are in the page, on the screen and around it. */
  get present(): { readonly first: number; readonly last: number } {
    return { first: this.#first, last: this.#first + this.#views.length };
  }

  /** The rows on the screen. */
  get visible(): { readonly first: number; readonly last: number } {
    const { clientHeight } = this.#parts.viewport;
    const count = Math.ceil(clientHeight / ROW_HEIGHT);
    const first = this.#following ? Math.max(0, this.#rows.rows - count) : this.#anchor.row;
    return { first, last: Math.min(this.#rows.rows, first + count + 1) };
  }

  setWrap(wrap: boolean): void {
    if (wrap === this.#wrap) return;
    this.#wrap = wrap;
    this.#mean = ROW_HEIGHT;
    this.#anchor = { row: this.#anchor.row, offset: 0 };
  }

  follow(): void {
    this.#following = true;
  }

  /** Puts a row into the middle of the screen. `draw` shows it. */
  goTo(row: number): void {
    this.#following = false;
    this.#anchor = { row, offset: -Math.floor(this.#parts.viewport.clientHeight / 2) };
    this.#lastTop = -1;
  }

  goToStart(): void {
    this.#following = false;
    this.#anchor = { row: 0, offset: 0 };
    this.#lastTop = -1;
  }

  /** The reader, or this class, has scrolled. @returns whether there is something to draw */
  scrolled(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.#parts.viewport;
    if (Math.abs(scrollTop - this.#lastTop) < 1) return false;
    const down = scrollTop > this.#lastTop;
    this.#lastTop = scrollTop;
    this.#following = scrollTop >= scrollHeight - clientHeight - 2 && (down || this.#following);
    if (!this.#following) this.#anchor = scrollTop <= 0 && !down ? this.#topAnchor() : this.#anchorAt(scrollTop);
    return true;
  }

  /** Lets the scrollbar tell the truth again, once the reader has stopped scrolling. @returns whether there is something to draw */
  settled(): boolean {
    if (this.#following || this.#isExact) return false;
    this.#lastTop = -1;
    return true;
  }

  /** Rows from `end` on have other indices now. */
  recount(end: number, by: number): void {
    const moved = (row: number): number => (row >= end ? row + by : Math.max(0, Math.min(row, end + by - 1)));
    this.#anchor = { ...this.#anchor, row: moved(this.#anchor.row) };
    this.#first = moved(this.#first);
    this.#lastTop = -1;
  }

  draw(rows: Rows, look: RowLook): void {
    this.#rows = rows;
    this.#look = look;
    const { viewport, space, block } = this.#parts;
    const height = viewport.clientHeight;
    if (height === 0) return;
    this.#fill(height);
    this.#blockHeight = this.#wrap ? block.offsetHeight : this.#views.length * ROW_HEIGHT;
    if (this.#wrap && this.#views.length > 0)
      this.#mean = 0.7 * this.#mean + 0.3 * (this.#blockHeight / this.#views.length);
    const all = this.#views.length === rows.rows;
    const wanted = all ? this.#blockHeight : Math.min(MOST_HEIGHT, Math.ceil(rows.rows * this.#mean));
    if (wanted !== this.#spaceHeight) {
      this.#spaceHeight = wanted;
      space.style.height = `${wanted}px`;
    }
    const most = Math.max(0, wanted - height);
    const top = this.#following ? most : this.#lastTop < 0 ? this.#topOf(this.#anchor, most) : viewport.scrollTop;
    this.#place(Math.min(top, most), most);
  }

  /** Puts the block where the anchor says, and the scrollbar where that is possible. */
  #place(wanted: number, most: number): void {
    const { viewport, block } = this.#parts;
    let top = wanted;
    if (this.#following) this.#blockTop = this.#spaceHeight - this.#blockHeight;
    else {
      this.#blockTop = top - this.#anchor.offset - this.#heightAbove(this.#anchor.row);
      const last = this.#first + this.#views.length === this.#rows.rows;
      // Where the log begins or ends, the space does too.
      let shift = 0;
      if (last && this.#blockTop + this.#blockHeight !== this.#spaceHeight)
        shift = this.#spaceHeight - this.#blockHeight - this.#blockTop;
      if (this.#first === 0) shift = -this.#blockTop;
      this.#blockTop += shift;
      top = Math.max(0, Math.min(most, top + shift));
    }
    block.style.top = `${this.#blockTop}px`;
    if (Math.abs(viewport.scrollTop - top) >= 1) viewport.scrollTop = top;
    this.#lastTop = viewport.scrollTop;
  }

  get #isExact(): boolean {
    return !this.#wrap && this.#rows.rows * ROW_HEIGHT <= MOST_HEIGHT;
  }

  #heightAbove(row: number): number {
    if (!this.#wrap) return (row - this.#first) * ROW_HEIGHT;
    return this.#views[row - this.#first]?.element.offsetTop ?? 0;
  }

  #topAnchor(): Anchor {
    return { row: 0, offset: 0 };
  }

  #anchorAt(top: number): Anchor {
    const within = top - this.#blockTop;
    if (within >= 0 && within < this.#blockHeight) return this.#anchorWithin(within);
    const { clientHeight } = this.#parts.viewport;
    if (this.#isExact) return { row: Math.floor(top / ROW_HEIGHT), offset: top % ROW_HEIGHT };
    const most = Math.max(1, this.#spaceHeight - clientHeight);
    const row = (top / most) * Math.max(0, this.#rows.rows - clientHeight / this.#mean);
    return { row: Math.floor(row), offset: (row % 1) * this.#mean };
  }

  #anchorWithin(within: number): Anchor {
    if (!this.#wrap) return { row: this.#first + Math.floor(within / ROW_HEIGHT), offset: within % ROW_HEIGHT };
    let low = 0;
    for (let high = this.#views.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#views[middle]?.element.offsetTop ?? 0) <= within) low = middle;
      else high = middle - 1;
    }
    return { row: this.#first + low, offset: within - (this.#views[low]?.element.offsetTop ?? 0) };
  }

  #topOf({ row, offset }: Anchor, most: number): number {
    if (this.#isExact) return Math.max(0, row * ROW_HEIGHT + offset);
    const rows = Math.max(1, this.#rows.rows - this.#parts.viewport.clientHeight / this.#mean);
    return Math.max(0, Math.min(1, (row + offset / this.#mean) / rows) * most);
  }

  /** Shows the rows around the anchor, and a screen of them before and after. */
  #fill(height: number): void {
    const { rows } = this.#rows;
    const screen = Math.ceil(height / ROW_HEIGHT) + 1;
    const row = Math.min(this.#anchor.row, Math.max(0, rows - 1));
    if (row !== this.#anchor.row) this.#anchor = { row, offset: 0 };
    let first = this.#following ? rows - screen - 5 : row - screen;
    let last = this.#following ? rows : row + 2 * screen;
    const selected = this.#selectedRows();
    if (selected && Math.max(last, selected.last + 1) - Math.min(first, selected.first) <= MOST_SELECTED) {
      first = Math.min(first, selected.first);
      last = Math.max(last, selected.last + 1);
    }
    this.#setRows(Math.max(0, first), Math.max(0, Math.min(rows, last)));
    this.#views.forEach((view, i) => view.show(this.#rows.line(this.#first + i), this.#look));
  }

  #setRows(first: number, last: number): void {
    const { block } = this.#parts;
    const overlaps = first < this.#first + this.#views.length && last > this.#first;
    if (overlaps) {
      this.#retire(this.#views.splice(0, Math.max(0, first - this.#first)));
      const before = Math.max(0, this.#first - first);
      const added = Array.from({ length: before }, () => this.#take());
      block.prepend(...added.map(({ element }) => element));
      this.#views.unshift(...added);
    }
    this.#first = first;
    this.#retire(this.#views.splice(last - first));
    const added = Array.from({ length: last - first - this.#views.length }, () => this.#take());
    block.append(...added.map(({ element }) => element));
    this.#views.push(...added);
  }

  #take(): RowView {
    return this.#spare.pop() ?? new RowView();
  }

  #retire(views: readonly RowView[]): void {
    for (const view of views) {
      view.element.remove();
      if (this.#spare.length < 200) this.#spare.push(view);
    }
  }

  #selectedRows(): { first: number; last: number } | null {
    const selection = selectionIn(this.#parts.block);
    if (!selection || selection.isCollapsed) return null;
    const ends = [selection.anchorNode, selection.focusNode].map((node) =>
      this.#views.findIndex(({ element }) => node !== null && element.contains(node)),
    );
    if (ends.includes(-1)) return null;
    return { first: this.#first + Math.min(...ends), last: this.#first + Math.max(...ends) };
  }
}

/** Chromium tells of selections in a shadow tree by the tree, others by the document. */
const selectionIn = (element: HTMLElement): Selection | null => {
  const root = element.getRootNode() as Node & { getSelection?: () => Selection | null };
  return root.getSelection?.() ?? document.getSelection();
};
