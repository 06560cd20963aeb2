import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

const LINES = 1_000_000;
/** What MAX_LOG_BYTES is by default is a little more than this. */
const LINE_BYTES = 100;
const NEEDLE = 900_000;
const FREEZE_MS = 200;
const HEAP_MB = 500;

/** Pads its numbered lines to LINE_BYTES, and says a word of its own on one of them. */
const FLOOD = `awk 'BEGIN {
  for (i = 1; i <= ${LINES}; i++) printf "%-${LINE_BYTES - 1}s\\n", i " " (i == ${NEEDLE} ? "needle" : "hay")
}'`;

const expectedDigest = (): string => {
  const hash = createHash('sha256');
  for (let i = 1; i <= LINES; i++) hash.update(`${`${i} ${i === NEEDLE ? 'needle' : 'hay'}`.padEnd(LINE_BYTES - 1)}\n`);
  return hash.digest('hex');
};

/** In the page: how long it was frozen at most since the last call, ms, and what its heap took at most, MB. */
const installProbe = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const probe = { longest: 0, heap: 0 };
    Reflect.set(window, 'probe', probe);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) probe.longest = Math.max(probe.longest, duration);
    }).observe({ entryTypes: ['longtask'] });
    setInterval(() => {
      const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } };
      probe.heap = Math.max(probe.heap, memory.usedJSHeapSize / 1e6);
    }, 100);
  });

const readProbe = (page: Page): Promise<{ longest: number; heap: number }> =>
  page.evaluate(() => {
    const probe = Reflect.get(window, 'probe') as { longest: number; heap: number };
    const { longest, heap } = probe;
    probe.longest = 0;
    return { longest, heap };
  });

describeInBrowser('a run that prints a million lines', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('never freezes the page, which scrolls, searches and downloads all of it', async () => {
    const { id: scriptId } = await console.server.api.createScript({ name: 'Flood', script: FLOOD });
    const earlier = await console.server.api.runToEnd({ name: 'Quiet', script: 'true' });
    const { page, problems } = await console.open(`runs/${earlier.id}`);
    page.setDefaultTimeout(90_000);
    await installProbe(page);
    let runId = '';
    // What else the machine does makes the page wait, too: the best of a few is its own.
    const freezes: number[] = [];
    while (freezes.length < 5 && !(Math.min(...freezes) < FREEZE_MS)) {
      runId = await console.server.api.startRun(scriptId);
      await page.evaluate((path) => {
        history.pushState({ position: 1 }, '', path);
        window.dispatchEvent(new PopStateEvent('popstate', { state: { position: 1 } }));
      }, `/admin/scripts/runs/${runId}`);
      await page.getByText(`${LINES} hay`).waitFor();
      await page.getByText('1,000,000 lines, 100 MB').waitFor();
      const { longest, heap } = await readProbe(page);
      freezes.push(longest);
      process.stderr.write(
        `    streaming: frozen for ${Math.round(longest)} ms at most, heap ${Math.round(heap)} MB\n`,
      );
      expect(heap).toBeLessThan(HEAP_MB);
    }
    expect(Math.min(...freezes)).toBeLessThan(FREEZE_MS);

    const log = page.getByRole('log');
    await log.hover();
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, -400);
    for (const part of [0.9, 0.1, 0.5, 0.25, 0.75]) {
      await log.evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), part);
      await eventually(async () => {
        const numbers = (await page.locator('.row .number').allInnerTexts()).map(Number);
        expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
        expect(Math.abs((numbers[0] ?? 0) - part * LINES)).toBeLessThan(1000);
      });
    }
    const scrolling = await readProbe(page);
    expect(scrolling.longest).toBeLessThan(FREEZE_MS);

    await page.keyboard.press('/');
    await page.keyboard.type('needle');
    await page.getByText('1 of 1', { exact: true }).waitFor();
    await page.getByText(`${NEEDLE} needle`).waitFor();
    expect(await page.locator('.row.match .number').innerText()).toBe(String(NEEDLE));

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByLabel('Download the log').click()]);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(expectedDigest());

    const end = await readProbe(page);
    expect(end.heap).toBeLessThan(HEAP_MB);
    expect(problems).toEqual([]);

    const reopened = await console.open(`runs/${runId}#L500000`);
    await reopened.page.getByText('500000 hay').waitFor();
    await reopened.page.keyboard.press('f');
    await eventually(async () =>
      expect(await reopened.page.locator('.row .number').last().innerText()).toBe('1000000'),
    );
  }, 180_000);
});
