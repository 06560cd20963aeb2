/** An element in a browser, as W3C WebDriver refers to it. */
export type Element = Readonly<Record<typeof ELEMENT, string>>;
export const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** The commands of W3C WebDriver that the tests use. They are sent one after the other. */
export interface WebDriver {
  navigate(url: string): Promise<unknown>;
  /** Runs the body of a function whose last argument takes what it answers. */
  execute(script: string, args: readonly unknown[]): Promise<unknown>;
  /** What is executed next is executed there. @param frame null: in the window itself */
  switchTo(frame: Element | null): Promise<unknown>;
  click(element: Element): Promise<unknown>;
  type(element: Element, text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Sends each command once the one before is answered. */
export const oneByOne = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
};
