/** Work for one frame, ms: the rest of its 16 stays for drawing. */
const BUDGET_MS = 7;
/** A hidden tab draws no frames, and a busy one may be late. */
const LATEST_MS = 200;

/** Hands items on in order, as many in each frame as fit into it. */
export class FrameQueue<Item> {
  readonly #handle: (item: Item) => void;
  readonly #afterFrame: () => void;
  #items: Item[] = [];
  #next = 0;
  #scheduled = false;

  /** @param afterFrame called when a frame's items have been handled */
  constructor(handle: (item: Item) => void, afterFrame: () => void) {
    this.#handle = handle;
    this.#afterFrame = afterFrame;
  }

  get length(): number {
    return this.#items.length - this.#next;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#schedule();
  }

  clear(): void {
    this.#items = [];
    this.#next = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const run = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      this.#scheduled = false;
      this.#run();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, LATEST_MS);
  }

  #run(): void {
    const until = performance.now() + BUDGET_MS;
    while (this.#next < this.#items.length && performance.now() < until) {
      const item = this.#items[this.#next++];
      if (item !== undefined) this.#handle(item);
    }
    if (this.#next >= this.#items.length) this.clear();
    else this.#schedule();
    this.#afterFrame();
  }
}
