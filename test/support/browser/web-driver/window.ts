import { eventually } from '../../eventually.js';
import type { Evaluating, PageUnderTest } from '../page-under-test.js';
import { type Element, oneByOne, type WebDriver } from './web-driver.js';

/** The window of a browser that WebDriver drives. */
export interface DrivenWindow extends PageUnderTest {
  goto(url: string): Promise<unknown>;
  /** Clicks what fits `selector` and has exactly this text or label, as soon as it is there and can be clicked. Shadow roots are searched too. */
  click(selector: string, text: string): Promise<unknown>;
  type(selector: string, text: string): Promise<unknown>;
  /** Waits until some element shows exactly this text. */
  shows(text: string): Promise<unknown>;
  close(): Promise<void>;
}

export const windowOf = (driver: WebDriver): DrivenWindow => {
  const inTurn = oneByOne();
  const evaluateIn =
    (frame: Element | null) =>
    (work: unknown, given: unknown = null): Promise<never> =>
      inTurn(async () => {
        await driver.switchTo(null);
        if (frame) await driver.switchTo(frame);
        const answer = (await driver.execute(call(work), [given])) as { value?: never; error?: string };
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer.value as never;
      });
  const page: Evaluating = { evaluate: evaluateIn(null) };
  const find = async (selector: string, text: string | null): Promise<Element> => {
    const found = await page.evaluate(findVisible, [selector, text] as const);
    if (!found) throw new Error(`there is no ${selector} ${text ?? ''}`);
    return found;
  };
  return {
    ...page,
    goto: (url) => inTurn(() => driver.navigate(url)),
    async lastFrame() {
      const frame = await page.evaluate(() => [...document.querySelectorAll('iframe')].at(-1) as unknown as Element);
      return { evaluate: evaluateIn(frame) };
    },
    answersFor: () => [],
    click: (selector, text) => eventually(async () => driver.click(await find(selector, text)), WAITING),
    type: (selector, text) => eventually(async () => driver.type(await find(selector, null), text), WAITING),
    shows: (text) => eventually(() => find('*', text), WAITING),
    close: () => driver.close(),
  };
};

const WAITING = { timeoutMs: 20_000 };

/** What is thrown in the page comes back as text. */
const call = (work: unknown): string => `
  const [given, answer] = arguments;
  Promise.resolve().then(() => (${String(work)})(given)).then(
    (value) => answer({ value: value === undefined ? null : value }),
    (error) => answer({ error: String(error) }));`;

/** Runs in the page. The innermost elements come first. */
const findVisible = ([selector, text]: readonly [string, string | null]): Element | null => {
  const within = (root: Document | ShadowRoot): HTMLElement[] =>
    [...root.querySelectorAll<HTMLElement>('*')].flatMap((element) => [
      ...(element.shadowRoot ? within(element.shadowRoot) : []),
      ...(element.matches(selector) ? [element] : []),
    ]);
  const named = (element: HTMLElement): boolean =>
    text === null || [element.textContent, element.getAttribute('aria-label')].some((name) => name?.trim() === text);
  const found = within(document)
    .reverse()
    .find((element) => named(element) && element.getClientRects().length > 0);
  return (found ?? null) as Element | null; // WebDriver makes a reference of it
};
