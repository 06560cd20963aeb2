import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { accessibilityProblems } from '../../support/browser/accessibility.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';

describeInBrowser('the screens that look back', () => {
  let console: ConsoleUnderTest;
  let paths: readonly string[];
  beforeAll(async () => {
    console = await startConsole();
    const { api } = console.server;
    const name = `A script with a rather long name ${'and '.repeat(12)}so on`;
    const { id } = await api.createScript({ name, script: 'exit $((RANDOM % 2))', timeoutMs: 60_000 });
    for (let i = 0; i < 4; i++) await api.ended(await api.startRun(id));
    await api.editScript(id, { description: 'x', timeoutMs: 5000 });
    await api.as({ user: 'admin', password: 'wrong' }).get('/api/admin/scripts');
    paths = ['runs', `${id}/runs`, 'audit', 'runs?status=queued'];
  }, 60_000);
  afterAll(() => console.close());

  it.each(['light', 'dark'] as const)('have no barrier that axe-core finds, in %s', async (colorScheme) => {
    const { page } = await console.open('', { colorScheme });
    for (const path of paths) {
      await page.goto(console.at(path));
      await page.locator('run-rows, audit-rows, empty-state').first().waitFor();
      // The frame around the screens is tried on its own.
      const problems = (await accessibilityProblems(page)).filter((problem) => !problem.endsWith('app-shell .skip'));
      expect([path, problems]).toEqual([path, []]);
    }
  });

  it('fit into a window of 360 px', async () => {
    const { page } = await console.open('', { viewport: { width: 360, height: 640 } });
    for (const path of paths) {
      await page.goto(console.at(path));
      await page.locator('run-rows, audit-rows, empty-state').first().waitFor();
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360]);
    }
  });
});
