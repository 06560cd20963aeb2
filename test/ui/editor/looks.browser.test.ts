import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { accessibilityProblems } from '../../support/browser/accessibility.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { body, click, field, heading, type Page, whenHighlighted } from './support/editor-page.js';

const NARROW = { width: 360, height: 740 };

describeInBrowser('the look of the script editor', () => {
  let console: ConsoleUnderTest;
  let id: string;
  beforeAll(async () => {
    console = await startConsole();
    const env = [
      { key: 'A_RATHER_LONG_NAME_OF_A_VARIABLE', value: 'and a value that is not short either, by any means' },
    ];
    const script = `echo ${'long line '.repeat(40)}\n`.repeat(80);
    const name = `A-name-without-spaces-${'x'.repeat(90)}`;
    id = (await console.server.api.createScript({ name, script, env, confirm: true })).id;
  }, 60_000);
  afterAll(() => console.close());

  it.each(['light', 'dark'] as const)('breaks no rule of accessibility, %s', async (colorScheme) => {
    const { page } = await console.open(id, { colorScheme });
    await whenHighlighted(page);
    expect(await accessibilityProblems(page)).toEqual([]);
    await field(page, 'Name').fill('');
    await click(page, 'Add a variable');
    await page.keyboard.type('1X');
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('must begin with a letter or _ and hold').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await click(page, 'Compare');
    await heading(page, 'Your changes');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await body(page).focus();
    await page.keyboard.press('ControlOrMeta+f');
    await page.getByRole('textbox', { name: 'Find' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('has everything in reach at 360 px', async () => {
    const { page } = await console.open(id, { viewport: NARROW });
    await whenHighlighted(page);
    expect(await cutOff(page)).toEqual([]);
    for (const name of ['Save', 'Run', 'Compare', 'Delete']) {
      const box = await page.locator('editor-head').getByRole('button', { name, exact: true }).boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= NARROW.width).toBe(true);
    }
    await field(page, 'Name').fill('Other');
    await body(page).fill('echo other');
    await click(page, 'Compare');
    await heading(page, 'Your changes');
    await page.locator('changes-dialog .cm-content').first().waitFor();
    expect(await cutOff(page)).toEqual([]);
  });

  it('loads CodeMirror when a script is opened, and only then', async () => {
    const { page, requested } = await console.open('audit');
    await heading(page, 'Audit');
    expect(requested.filter((url) => url.includes('code-mirror'))).toEqual([]);
    await page.goto(console.at(id));
    await whenHighlighted(page);
    expect(requested.some((url) => url.includes('code-mirror'))).toBe(true);
  });

  it('edits in a plain text area where CodeMirror does not come', async () => {
    const { page } = await console.open('audit');
    await page.route('**/assets/code-mirror*', (route) => route.abort());
    await page.goto(console.at('new'));
    await page.getByText('Highlighting could not be loaded').waitFor();
    await field(page, 'Name').fill('Without colours');
    await body(page).fill('echo plain');
    await page.keyboard.press('ControlOrMeta+s');
    await heading(page, 'Without colours');
    expect((await console.server.api.script(page.url().slice(-24))).script).toBe('echo plain');
  });
});

/** Elements that reach beyond the window, other than what scrolls by itself. */
const cutOff = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.closest('.cm-editor, .visually-hidden')) continue;
        const { left, right, width } = element.getBoundingClientRect();
        if (width > 0 && (left < -1 || right > window.innerWidth + 1))
          found.push(`${element.localName}.${element.className}`);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    return [
      ...found,
      ...(document.documentElement.scrollWidth > window.innerWidth ? ['the page scrolls sideways'] : []),
    ];
  });
