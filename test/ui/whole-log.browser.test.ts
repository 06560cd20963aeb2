import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { focused } from '../support/browser/focus.js';
import { eventually } from '../support/eventually.js';

const seq = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);

describeInBrowser('a log that is longer than the screen', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  const open = async (lines: number) => {
    const { api } = console.server;
    const id = await api.run({ name: `Prints ${lines}`, script: `seq -f 'line %.0f' 1 ${lines}` });
    await api.ended(id);
    const window = await console.open(`runs/${id}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await window.page.getByText('Complete', { exact: true }).waitFor();
    await window.page.getByText(`line ${lines}`, { exact: true }).waitFor();
    return window;
  };

  it.each([3000, 100_000])(
    'is copied whole by select-all and copy, with %i lines',
    async (lines) => {
      const { page, problems } = await open(lines);
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.press('ControlOrMeta+c');
      await page.getByText('Copied the log.').waitFor();
      expect((await copied()).split('\n')).toEqual([...seq(1, lines), '']);
      await page.getByLabel('Search the log').fill('line 7');
      await page.keyboard.press('ControlOrMeta+a'); // of a field is the field's
      await page.keyboard.press('ControlOrMeta+c');
      await eventually(async () => expect(await copied()).toBe('line 7'));
      expect(problems).toEqual([]);
    },
    60_000,
  );

  it('offers the download where it is too long to copy', async () => {
    const { page } = await open(600_000);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('ControlOrMeta+c');
    await page.getByText('This is too long to copy: download the log instead.').waitFor();
    expect(await focused(page)).toBe('Download the log');
  }, 60_000);

  it('is searched by the keys that find in a page', async () => {
    const { page } = await open(3000);
    await page.getByRole('log').focus();
    await page.keyboard.press('ControlOrMeta+f');
    await page.keyboard.type('line 17');
    await page.getByText('111 of 111').waitFor(); // 17, 170–179, 1700–1799
  }, 60_000);

  it.each([
    [3000, seq(1, 3000)],
    [100_000, [...seq(1, 1000), '98,000 lines are not printed', ...seq(99_001, 100_000)]],
  ])(
    'is printed, with %i lines',
    async (lines, expected) => {
      const { page } = await open(lines);
      await page.evaluate(() => {
        window.print = () => window.dispatchEvent(new Event('beforeprint'));
      });
      await page.keyboard.press('ControlOrMeta+p');
      await page.emulateMedia({ media: 'print' });
      const printed = page.locator('pre.print');
      await printed.waitFor();
      const texts = (await printed.innerText()).split('\n').map((text) => text.replace(/^\d+\t|^\[|( here)?:.*$/g, ''));
      expect(texts).toEqual(expected);
      expect(await page.locator('.viewport').isVisible()).toBe(false);
      await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
      await printed.waitFor({ state: 'detached' });
    },
    60_000,
  );
});
