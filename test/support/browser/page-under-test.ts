import type { Frame, Page } from 'playwright-core';

/** A document in a browser, whatever drives that. `work` runs there: it sees nothing of the test but what it is `given`. */
export interface Evaluating {
  evaluate<T>(work: () => T | Promise<T>): Promise<T>;
  evaluate<T, Given>(work: (given: Given) => T | Promise<T>, given: Given): Promise<T>;
}

/** A window of any of the browsers. */
export interface PageUnderTest extends Evaluating {
  /** The frame that was added last. */
  lastFrame(): Promise<Evaluating>;
  /** Addresses of the answers that come for a frame from now on. WebDriver tells none. */
  answersFor(frame: Evaluating): readonly string[];
}

export const pageOfPlaywright = (page: Page): PageUnderTest => {
  const frames = new Map<Evaluating, Frame>();
  const evaluateIn =
    (document: Page | Frame) =>
    (work: unknown, given?: unknown): Promise<never> =>
      document.evaluate(work as () => never, given);
  return {
    evaluate: evaluateIn(page),
    async lastFrame() {
      const frame = page.frames().at(-1)!;
      const evaluating = { evaluate: evaluateIn(frame) };
      frames.set(evaluating, frame);
      return evaluating;
    },
    answersFor(frame) {
      const asked: string[] = [];
      page.on('response', (response) => response.frame() === frames.get(frame) && asked.push(response.url()));
      return asked;
    },
  };
};
