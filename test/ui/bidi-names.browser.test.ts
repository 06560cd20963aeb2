import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

/** Reads as `Delete all tmp` where it is obeyed. */
const NAME = 'Delete \u202epmt lla\u202c \u2067x\u2069\u200f';
const SHOWN = 'Delete ⟨U+202E⟩pmt lla⟨U+202C⟩ ⟨U+2067⟩x⟨U+2069⟩⟨U+200F⟩';
const OBEYED = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describeInBrowser('a name with characters that turn the direction of text', () => {
  let console: ConsoleUnderTest;
  let id: string;
  let runId: string;
  beforeAll(async () => {
    console = await startConsole();
    const { api } = console.server;
    const fields = { name: NAME, description: `It says ${NAME}`, script: `echo '${NAME}' >&2; exit 1`, confirm: true };
    id = (await api.createScript(fields)).id;
    for (let i = 0; i < 2; i++) runId = await api.startRun(id);
    await api.ended(runId);
  }, 60_000);
  afterAll(() => console.close());

  it('is shown with their names on every screen, in the title and in labels', async () => {
    const { page } = await console.open('');
    for (const path of ['', 'runs', `${id}/runs`, `runs/${runId}`, 'audit', id]) {
      await page.goto(console.at(path));
      await page.getByText(SHOWN).first().waitFor({ state: 'attached' });
      const texts = await page.evaluate(() => {
        const all: string[] = [document.title];
        const visit = (root: Element | ShadowRoot): void => {
          for (const element of root.querySelectorAll('*')) {
            if (element.matches('textarea, .cm-editor, .cm-editor *, style, script')) continue;
            for (const { value } of element.attributes) all.push(value);
            for (const node of element.childNodes) if (node instanceof Text) all.push(node.data);
            if (element.shadowRoot) visit(element.shadowRoot);
          }
        };
        visit(document.documentElement);
        return all;
      });
      expect([path, texts.filter((text) => OBEYED.test(text))]).toEqual([path, []]);
    }
  });

  it('is shown with their names in questions, menus and notices', async () => {
    const { page } = await console.open('');
    await page.getByRole('button', { name: `Run ${SHOWN}` }).click();
    await page.getByRole('heading', { name: `Run “${SHOWN}”?` }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `More actions for ${SHOWN}` }).click();
    await page.getByRole('menu', { name: `Actions for ${SHOWN}` }).waitFor();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByText(`“${SHOWN}” is disabled.`).waitFor();
  });
});
