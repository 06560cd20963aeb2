import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../../support/eventually.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';

describeInBrowser('the audit trail', () => {
  let console: ConsoleUnderTest;
  let id: string;
  let runId: string;
  beforeAll(async () => {
    console = await startConsole();
    const { api } = console.server;
    id = (await api.createScript({ name: 'Rotate', script: 'true' })).id;
    await api.editScript(id, { timeoutMs: 5000, enabled: true });
    runId = await api.startRun(id);
    await api.ended(runId);
    const wrong = api.as({ user: 'admin', password: 'wrong' });
    for (let i = 0; i < 3; i++) await wrong.get('/api/admin/scripts');
    await api.createScript({ name: 'Other', script: 'true' });
  }, 60_000);
  afterAll(() => console.close());

  const rows = async (page: Page): Promise<string[]> => {
    const texts = await page.locator('audit-rows [role=row].item').allInnerTexts();
    return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
  };
  const showing = (page: Page, expected: RegExp[]) =>
    eventually(async () => {
      expect(await rows(page)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    });

  it('tells who did what, with links to script and run, and counts wrong passwords', async () => {
    const { page, problems } = await console.open('audit');
    await showing(page, [
      /^Created Other admin/,
      /^Wrong password anonymous .* Refused auth\.wrong-credentials( 3 times within a minute)?/,
      /^Started Rotate admin .* Done run$/,
      /^Changed Rotate admin .* Done timeoutMs$/,
      /^Created Rotate admin/,
    ]);
    const run = page.getByRole('link', { name: 'run', exact: true });
    expect(await run.getAttribute('href')).toContain(`/runs/${runId}`);
    expect(await page.getByRole('link', { name: 'Rotate' }).first().getAttribute('href')).toContain(id);
    expect(problems).toEqual([]);
  });

  it('filters by action, outcome, script, actor and day, keeps that in the address and comes back to it', async () => {
    const { page } = await console.open('audit');
    await page.getByLabel('Action').selectOption({ label: 'Created' });
    await showing(page, [/^Created Other/, /^Created Rotate/]);
    await page.getByLabel('Script').selectOption({ label: 'Rotate' });
    await showing(page, [/^Created Rotate/]);
    await page.reload();
    await showing(page, [/^Created Rotate/]);
    expect([...new URL(page.url()).searchParams]).toEqual([
      ['action', 'scripts.create'],
      ['script', id],
    ]);
    await page.goto(console.at('audit?outcome=denied'));
    await showing(page, [/^Wrong password/]);
    await page.goto(console.at('audit?actor=admin&action=scripts.update'));
    await showing(page, [/^Changed Rotate/]);
    const today = new Date();
    const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, '0'));
    await page.getByLabel('From').fill(day.join('-'));
    await showing(page, [/^Changed Rotate/]);
    await page.getByLabel('From').fill('2999-01-01');
    await page.getByText('Nothing in the trail is like that').waitFor();
  });
});
