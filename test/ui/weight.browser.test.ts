import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { RUNS, SCRIPTS } from '../e2e/support/api-client.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { PASSWORD } from '../e2e/support/server.js';
import { eventually } from '../support/eventually.js';

/** What a line of 1.6 Mbit/s brings in 2.5 s, of which a third goes by in round trips. */
const COLD_BYTES = 330_000;
const COUNT = 300;

interface Received {
  readonly path: string;
  readonly status: number;
  bytes: number;
}

describeInBrowser('The console over a slow line', () => {
  let ui: ConsoleUnderTest;
  beforeAll(async () => {
    ui = await startConsole();
    for (let i = 0; i < COUNT; i++)
      await ui.server.api.createScript({
        name: `Script ${i} of many`,
        description: `What it does, and for whom: ${'a sentence of some length '.repeat(10)}${i}`,
        script: `echo ${i}`,
      });
  }, 120_000);
  afterAll(() => ui.close());

  const openRecorded = async (path: string): Promise<{ page: Page; received: Received[] }> => {
    const context = await ui.browser.newContext({ httpCredentials: { username: 'admin', password: PASSWORD } });
    const page = await context.newPage();
    const received = await record(page);
    await page.goto(ui.at(path));
    return { page, received };
  };

  it('reads the list once, and all together no more than a slow line brings in time', async () => {
    const { page, received } = await openRecorded('');
    await page
      .getByText(`Script ${COUNT - 1} of many`)
      .first()
      .waitFor();
    const lists = () => received.filter(({ path }) => path === `${SCRIPTS}?view=summary`);
    await eventually(() => expect(lists().map(({ status }) => status)).toEqual([200, 304]));
    const bytes = received.reduce((sum, each) => sum + each.bytes, 0);
    expect(lists()[0]!.bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThan(COLD_BYTES);
    await page.context().close();
  }, 60_000);

  it('reads one script again when a run of it has succeeded', async () => {
    const [script] = await ui.server.api.scripts();
    const { page, received } = await openRecorded('');
    await page.getByText(script!.name).first().waitFor();
    await eventually(() => expect(received.filter(({ status }) => status === 304)).toHaveLength(1));
    const before = received.length;
    await ui.server.api.ended(await ui.server.api.startRun(script!.id));
    await eventually(() =>
      expect(received.slice(before).map(({ path }) => path)).toEqual([`${SCRIPTS}/${script!.id}?view=summary`]),
    );
    await page.context().close();
  }, 60_000);

  it('shows how long a run usually takes without reading the other scripts', async () => {
    const run = await ui.server.api.runToEnd({ name: 'One of its own', script: 'sleep 0.2' });
    const { page, received } = await openRecorded(`runs/${run.id}`);
    await page.getByText('usually').first().waitFor();
    const paths = received.map(({ path }) => path).filter((path) => path.startsWith(SCRIPTS) && !path.startsWith(RUNS));
    expect(paths).toEqual([`${SCRIPTS}/${run.scriptId}?view=summary`]);
    await page.context().close();
  }, 60_000);
});

/** Answers as they come, and for those that are read to their end what came over the wire. */
const record = async (page: Page): Promise<Received[]> => {
  const received: Received[] = [];
  const open = new Map<string, Received>();
  const session = await page.context().newCDPSession(page);
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const { pathname, search } = new URL(response.url);
    const answer = { path: pathname + search, status: response.status, bytes: 0 };
    open.set(requestId, answer);
    received.push(answer);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const answer = open.get(requestId);
    if (answer) answer.bytes = encodedDataLength;
  });
  await session.send('Network.enable');
  return received;
};
