import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessibilityProblems } from '../support/browser/accessibility.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, type ConsoleWindow, startConsole } from '../support/browser/console.js';
import { eventually } from '../support/eventually.js';

/** Name and address of every screen, with `{…}` for what the server made. */
const SCREENS = [
  ['the list of scripts', ''],
  ['a new script', 'new'],
  ['a new script from an example', 'new?example=node'],
  ['a script', '{script}'],
  ['the runs of a script', '{script}/runs'],
  ['all runs', 'runs'],
  ['a run that succeeded', 'runs/{succeeded}'],
  ['a run that failed', 'runs/{failed}'],
  ['a run that goes on', 'runs/{running}'],
  ['the audit trail', 'audit'],
  ['an address that leads nowhere', 'nowhere/at/all'],
  ['a run that does not exist', 'runs/000000000000000000000000'],
  ['a script that does not exist', '000000000000000000000000'],
] as const;

/** How Chromium logs an answer that the screen then tells of. */
const isOfMissing = (problem: string): boolean => problem.includes('the server responded with a status of 404');
const FIRST_LOAD_BYTES = 120 * 1024;

describeInBrowser('every screen', () => {
  let console: ConsoleUnderTest;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    console = await startConsole();
    const { api } = console.server;
    const script = await api.createScript({
      name: 'Nightly backup of the whole of a database with a long name that has-no-place-to-break-anywhere-in-it',
      description: 'Dumps the main database.',
      script: 'echo one; echo two >&2; exit 3',
      env: [{ key: 'A_KEY_THAT_IS_RATHER_LONG', value: 'x'.repeat(200) }],
    });
    await api.createScript({ name: 'Old', type: 'node', runner: 'vm2', script: '1', enabled: false });
    ids.script = script.id;
    ids.failed = await api.startRun(script.id);
    ids.succeeded = await api.run({ name: 'Hello', script: 'printf "\\e[32mgreen\\e[0m and plain\\n"; seq 200' });
    ids.running = await api.run({ name: 'Slow', script: 'seq 200; while :; do echo tick; sleep 0.2; done' });
    await api.ended(ids.failed);
    await api.ended(ids.succeeded);
    await api.inStatus(ids.running, 'running');
  }, 60_000);
  afterAll(() => console.close());

  const addressOf = (path: string): string => path.replace(/\{(\w+)\}/, (_, name: string) => ids[name] ?? '');

  /** Shows a screen, and waits until it shows what it is about. */
  const show = async ({ page }: ConsoleWindow, path: string): Promise<void> => {
    await page.goto(console.at(addressOf(path)));
    await page.locator('main h1, main empty-state').first().waitFor();
    await eventually(async () => expect(await page.locator('main [aria-busy=true]').count()).toBe(0));
  };

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    let window: ConsoleWindow;
    beforeAll(async () => {
      window = await console.open('', { colorScheme });
    });

    it.each(SCREENS)('%s is accessible, wide and narrow', async (_, path) => {
      const { page, problems } = window;
      for (const width of [1200, 360]) {
        await page.setViewportSize({ width, height: 740 });
        await show(window, path);
        expect([width, await accessibilityProblems(page)]).toEqual([width, []]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      expect(problems.filter((problem) => !isOfMissing(problem))).toEqual([]);
    });
  });

  it('has cancel and run again in reach at 360 px', async () => {
    const { page, context } = await console.open(addressOf('runs/{running}'), {
      viewport: { width: 360, height: 740 },
    });
    const cancel = page.getByRole('button', { name: 'Cancel' });
    expect(await inView(page, cancel)).toBe(true);
    await page.goto(console.at(addressOf('runs/{failed}')));
    expect(await inView(page, page.getByRole('button', { name: 'Run again' }))).toBe(true);
    await context.close();
  });

  it.each([
    ['the list', '', 'Actions for Hello'],
    ['a log', 'runs/{failed}', 'Copy the log'],
    ['a log that goes on', 'runs/{running}', 'Copy the log'],
  ])('shows the menu of %s whole at 360 px, until it is closed', async (_, path, opener) => {
    const { page, context } = await console.open(addressOf(path), { viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: opener }).click();
    const menu = page.getByRole('menu');
    expect(await inView(page, menu)).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);
    if (path === 'runs/{running}') {
      const last = page.locator('.row .number').last();
      const before = await last.innerText();
      await eventually(async () => expect(await last.innerText()).not.toBe(before));
    }
    expect(await menu.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    await context.close();
  });

  const inView = async (page: ConsoleWindow['page'], locator: ReturnType<typeof page.locator>): Promise<boolean> => {
    await locator.waitFor();
    const box = await locator.boundingBox();
    const size = page.viewportSize();
    return (
      !!box &&
      !!size &&
      box.x >= 0 &&
      box.y >= 0 &&
      box.x + box.width <= size.width &&
      box.y + box.height <= size.height
    );
  };

  it('comes from this server alone, at first in at most 120 KB', async () => {
    const { page, context, requested } = await console.open('');
    await page.getByRole('link', { name: 'Hello' }).waitFor();
    const entries = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => ({
        name: entry.name,
        bytes: (entry as PerformanceResourceTiming).encodedBodySize,
      })),
    );
    const loaded = entries.filter(({ name }) => !name.includes('/api/'));
    const bytes = loaded.reduce((sum, each) => sum + each.bytes, 0);
    expect(loaded.length).toBeGreaterThan(3);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
    for (const [, path] of SCREENS) {
      await page.goto(console.at(addressOf(path)));
      await page.locator('main h1, main empty-state, main [role=alert]').first().waitFor();
    }
    expect([...new Set(requested.map((url) => new URL(url).origin))]).toEqual([console.server.url]);
    await context.close();
  });

  it('is reached from every other without a reload', async () => {
    const { page, context, requested } = await console.open('');
    for (const [link, heading] of [
      ['Runs', 'Runs'],
      ['Audit', 'Audit'],
      ['Scripts', 'Scripts'],
      ['New script', 'New script'],
    ] as const) {
      await page.getByRole('link', { name: link, exact: true }).click();
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    }
    const documents = requested.filter((url) => !/\/(assets|api)\//.test(url));
    expect(documents).toEqual([console.at('')]);
    await context.close();
  });
});
