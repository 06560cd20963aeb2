import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';

describeInBrowser('a browser script in the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  /** Starts a script from its page; answers the id of the run. */
  const run = async (page: Page, draft: { script: string; timeoutMs?: number; env?: object[] }): Promise<string> => {
    const { id } = await console.server.api.createScript({ name: 'In the page', type: 'browser', ...draft });
    await page.goto(console.at(`${id}/runs`));
    await page.getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{24}$/);
    return page.url().slice(-24);
  };

  it('runs, and is in history, log and audit as reported by the page', async () => {
    const { page, problems } = await console.open('');
    const env = [{ key: 'WORD', value: 'hello' }];
    const runId = await run(page, { env, script: 'console.log(env.WORD); console.error("oh"); return [1, 2];' });
    expect(await console.server.api.ended(runId)).toMatchObject({
      status: 'succeeded',
      trigger: 'manual',
      meta: { reportedBy: 'page', result: [1, 2], actor: { name: 'admin' } },
    });
    expect(await console.server.api.log(runId)).toBe('hello\noh\n');
    await page.goto(console.at('runs'));
    await page.getByText('in the page', { exact: true }).waitFor();
    await page.goto(console.at('audit?action=scripts.run'));
    await page.getByRole('link', { name: 'run', exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('goes on while the admin moves about in the console', async () => {
    const { page } = await console.open('');
    const runId = await run(page, {
      script: 'for (let i = 0; i < 15; i++) { console.log(i); await new Promise((r) => setTimeout(r, 100)); }',
    });
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('link', { name: 'Scripts' }).click();
    expect(await console.server.api.ended(runId)).toMatchObject({ status: 'succeeded' });
    expect(await console.server.api.log(runId)).toMatch(/^0\n1\n[^]*14\n$/);
  });

  it('that never ends is ended by its time limit, with the page responsive and its output kept', async () => {
    const { page } = await console.open('');
    const runId = await run(page, { script: 'console.log("begun"); while (true) {}', timeoutMs: 1500 });
    await page.getByRole('link', { name: 'Runs', exact: true }).click({ timeout: 1000 });
    expect(await console.server.api.ended(runId)).toMatchObject({
      status: 'timed_out',
      outputTail: 'begun\n',
      meta: { reason: 'timeout' },
    });
    expect(await page.locator('iframe').count()).toBe(0);
  });

  it('that floods keeps to its limit, and what it printed beyond is counted', async () => {
    const { page } = await console.open('');
    const script = 'for (let i = 0; i < 300_000; i++) console.log("line", i);';
    const runId = await run(page, { script, timeoutMs: 20_000 });
    const { status, meta } = await console.server.api.ended(runId, 25_000);
    expect(status).toBe('succeeded');
    const printed = Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`.length).reduce((a, b) => a + b);
    expect(meta.output.bytes).toBe(printed);
    expect(meta.output.droppedBytes).toBeGreaterThanOrEqual(printed - 1024 * 1024);
    const log = await console.server.api.log(runId);
    const kept = printed - meta.output.droppedBytes;
    expect(log.startsWith('line 0\nline 1\n')).toBe(true);
    expect(log.slice(kept)).toMatch(
      /^\n?\[runlet\] \d+ bytes that followed were not kept \(the limit of browser scripts\)\n$/,
    );
  }, 60_000);

  it('is stopped from every screen, at once, with what it had printed', async () => {
    const { page } = await console.open('');
    const runId = await run(page, { script: 'console.log("begun"); for (;;);' });
    await console.server.api.printed(runId, 'begun');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('button', { name: 'Stop In the page' }).click();
    expect(await page.locator('iframe').count()).toBe(0);
    expect(await console.server.api.ended(runId)).toMatchObject({ status: 'canceled', outputTail: 'begun\n' });
    await page.getByRole('button', { name: 'Stop In the page' }).waitFor({ state: 'detached' });
    const trail = await console.server.api.audit('?action=scripts.cancel');
    expect(trail).toContainEqual(expect.objectContaining({ runId, outcome: 'success' }));
  });

  it('is ended by a cancel from elsewhere', async () => {
    const { page } = await console.open('');
    const runId = await run(page, { script: 'console.log("begun"); await new Promise(() => {});' });
    await console.server.api.printed(runId, 'begun');
    await console.server.api.cancel(runId);
    expect(await console.server.api.ended(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    await page.locator('iframe').waitFor({ state: 'detached' });
  });

  it('warns who leaves the page, and ends as canceled when it is left', async () => {
    const { page } = await console.open('');
    const runId = await run(page, { script: 'console.log("begun"); await new Promise(() => {});' });
    await console.server.api.printed(runId, 'begun');
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (dialog) => {
        resolve(dialog.type());
        void dialog.accept();
      });
    });
    await page.locator('body').click();
    await page.goto('about:blank');
    expect(await asked).toBe('beforeunload');
    expect(await console.server.api.ended(runId)).toMatchObject({
      status: 'canceled',
      meta: { message: 'the page that ran it was left' },
    });
  });
});
