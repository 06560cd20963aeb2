import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { focused } from '../../support/browser/focus.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';

describeInBrowser('the history of runs', () => {
  let console: ConsoleUnderTest;
  let rotate: string;
  let backup: string;
  beforeAll(async () => {
    console = await startConsole();
    const { api } = console.server;
    rotate = (await api.createScript({ name: 'Rotate', script: 'exit $((RUNS_FAIL))' })).id;
    backup = (await api.createScript({ name: 'Backup', script: 'exit 7' })).id;
    for (const id of [rotate, rotate, backup]) await api.ended(await api.startRun(id));
  }, 60_000);
  afterAll(() => console.close());

  const rows = (page: { locator(selector: string): { allInnerTexts(): Promise<string[]> } }) =>
    page.locator('run-rows [role=row].run').allInnerTexts();

  it('tells of each run its status, script, who, how and with what it ended', async () => {
    const { page, problems, requested } = await console.open('runs');
    const latest = await page.locator('run-rows [role=row].run').first().innerText();
    expect(latest.replaceAll(/\s+/g, ' ')).toMatch(/^Backup admin over the API \d+(\.\d)? m?s exit code 7$/);
    await page.getByRole('link', { name: 'Failed: open this run of Backup' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{24}$/);
    const lists = requested.map((url) => new URL(url)).filter(({ pathname }) => pathname.endsWith('/scripts/runs'));
    const views = lists
      .filter(({ pathname }) => pathname.includes('/api/'))
      .map(({ searchParams }) => searchParams.get('view'));
    expect(new Set(views)).toEqual(new Set(['summary']));
    expect(problems).toEqual([]);
  });

  it('filters by status and script, keeps that in the address and comes back to it', async () => {
    const { page } = await console.open('runs');
    await page.getByLabel('Status').selectOption({ label: 'Succeeded' });
    await page.waitForFunction(() => location.search === '?status=succeeded');
    await page.getByText('Backup', { exact: true }).locator('visible=true').waitFor({ state: 'detached' });
    await eventually(async () => expect(await rows(page)).toHaveLength(2));
    await page.reload();
    expect(await page.getByLabel('Status').inputValue()).toBe('succeeded');
    await page.getByLabel('Script').selectOption({ label: 'Backup' });
    await page.getByText('No run is like that').waitFor();
    expect(new URL(page.url()).searchParams.get('script')).toBe(backup);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('link', { name: /open this run of Backup/ }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('shows a run that begins while it is open, and how it ends, and follows the filter', async () => {
    const { page } = await console.open(`runs?status=running`);
    await page.getByText('No run is like that').waitFor();
    const slow = await console.server.api.createScript({ name: 'Slow', script: 'sleep 300' });
    const runId = await console.server.api.startRun(slow.id);
    await page.getByRole('link', { name: 'Running: open this run of Slow' }).waitFor();
    await console.server.api.cancel(runId);
    await page.getByText('No run is like that').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('link', { name: 'Canceled: open this run of Slow' }).waitFor();
  });

  it('draws the last runs of a script, to be read without colour and walked by keyboard', async () => {
    const { page } = await console.open(`${rotate}/runs`);
    await page.getByRole('heading', { name: 'Runs of Rotate' }).waitFor();
    const chart = page.getByRole('list', { name: /^The last 2 runs: 2 succeeded/ });
    const bars = chart.getByRole('link', { name: /^Succeeded after \d.*, .*\d{4}.* \S+$/ });
    expect(await bars.count()).toBe(2);
    await page.getByRole('button', { name: 'Run' }).focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toMatch(/^Succeeded after/);
    await page.keyboard.press('Home');
    await page
      .locator('figcaption')
      .getByText(/^Succeeded after \d/)
      .waitFor();
    const { items } = await console.server.api.runs(`?scriptId=${rotate}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/runs/${items.at(-1)?.id}`);
    await page.goBack();
    await page.keyboard.down('Control');
    const [tab] = await Promise.all([page.context().waitForEvent('page'), bars.first().click()]);
    await tab.waitForURL(`**/runs/${items[0]?.id}`);
  });

  it('starts another run from there', async () => {
    const { page } = await console.open(`${rotate}/runs`);
    await page.getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{24}$/);
    expect((await console.server.api.runs(`?scriptId=${rotate}`)).items[0]).toMatchObject({ trigger: 'manual' });
  });

  it('reads on where the first page ends', async () => {
    const many = await console.server.api.createScript({ name: 'Many', script: 'true' });
    for (let i = 0; i < 55; i++) await console.server.api.startRun(many.id);
    const { page } = await console.open(`${many.id}/runs`);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' });
    await eventually(async () => expect(await rows(page)).toHaveLength(55));
  });
});
