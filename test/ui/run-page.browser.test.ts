import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { processesNamed } from '../e2e/support/processes.js';
import { temporaryFolder } from '../e2e/support/temporary-folder.js';
import { eventually } from '../support/eventually.js';
import { accessibilityProblems } from '../support/browser/accessibility.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { focused } from '../support/browser/focus.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

/** In a script: goes on when the gate is open. */
const WAIT = 'until [ -e "$GATE" ]; do sleep 0.05; done';

const gate = async () => {
  const path = `${await temporaryFolder()}/open`;
  return { env: [{ key: 'GATE', value: path }], open: () => writeFile(path, '') };
};

describeInBrowser('the page of a run', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ KILL_GRACE_MS: '20000', MAX_CONCURRENT_RUNS: '2' });
  }, 60_000);
  afterAll(() => console.close());

  const run = (draft: object) => console.server.api.run(draft);
  const open = async (path: string, options?: Parameters<ConsoleUnderTest['open']>[1]) => {
    const window = await console.open(path, options);
    window.page.setDefaultTimeout(15_000);
    return window;
  };
  const text = (page: Page, words: string | RegExp) => page.getByText(words).first();

  it('shows output as it comes, and the end without being asked', async () => {
    const go = await gate();
    const id = await run({
      name: 'Slow',
      env: go.env,
      script: `echo first; ${WAIT}; echo oops >&2; echo last; exit 3`,
    });
    const { page, problems } = await open(`runs/${id}`);
    await text(page, 'first').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.title()).toBe('▶ Running · Slow · Runlet');
    await go.open();
    await text(page, 'The script ended with exit code 3.').waitFor();
    await text(page, 'Complete').waitFor();
    expect(await page.title()).toBe('✗ Failed · Slow · Runlet');
    expect(await page.locator('.row.stderr').innerText()).toMatch(/2\s*err\s*oops/);
    expect(await page.locator('.row').count()).toBe(3);
    expect(problems).toEqual([]);
  });

  it('cancels with the phases shown, and kills when asked again', async () => {
    const id = await run({ name: 'Stubborn', script: `trap '' TERM; echo ready; while :; do sleep 0.1; done` });
    const { page } = await open(`runs/${id}`);
    await text(page, 'ready').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await text(page, 'Ending it (SIGTERM) …').waitFor();
    await page.getByRole('button', { name: 'Kill now' }).click();
    await text(page, 'admin canceled it.').waitFor({ timeout: 10_000 }); // the grace is 20 s
    await text(page, 'SIGKILL').waitFor();
    expect(await page.getByRole('button', { name: /Cancel|Kill/ }).count()).toBe(0);
  });

  it('has the focus at its heading when it is reached, and when the button that had it is gone', async () => {
    await console.server.api.createScript({ name: 'By keys', script: 'echo ready; sleep 60' });
    const { page } = await open('');
    await page.getByRole('button', { name: 'Run By keys' }).press('Enter');
    await text(page, 'ready').waitFor();
    expect(await focused(page)).toBe('By keys');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await text(page, 'admin canceled it.').waitFor();
    await eventually(async () => expect(await focused(page)).toBe('By keys'));
  });

  it('starts one run again however often the button is pressed, and is then on its page', async () => {
    const id = await run({ name: 'Again', script: 'echo run $RUNLET_RUN_ID' });
    await console.server.api.ended(id);
    const { page } = await open(`runs/${id}`);
    await text(page, `run ${id}`).waitFor();
    await page.getByRole('button', { name: 'Run again' }).dblclick();
    await page.waitForURL((url) => !url.href.includes(id));
    const next = page.url().split('/').at(-1) ?? '';
    await text(page, `run ${next}`).waitFor();
    const { items } = await console.server.api.runs(`?scriptId=${(await console.server.api.runOf(id)).scriptId}`);
    expect(items).toHaveLength(2);
  });

  it('asks before a script that wants it is run again', async () => {
    const id = await run({ name: 'Careful', script: 'echo hi', confirm: true });
    await console.server.api.ended(id);
    const { page } = await open(`runs/${id}`);
    await text(page, 'Complete').waitFor();
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.getByRole('heading', { name: 'Run “Careful”?' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await eventually(async () => expect(await page.getByRole('button', { name: 'Run again' }).isEnabled()).toBe(true));
    expect(page.url()).toContain(id);
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL((url) => !url.href.includes(id));
  });

  it('shows the place of a run that waits', async () => {
    const busy = await Promise.all([1, 2].map(() => run({ name: 'Busy', script: 'sleep 60' })));
    const ids = [await run({ name: 'Waits', script: 'echo mine' }), await run({ name: 'Waits too', script: 'true' })];
    const { page } = await open(`runs/${ids[1]}`);
    await text(page, 'number 2 in the queue').waitFor();
    await console.server.api.cancel(busy[0] ?? '');
    await text(page, 'Succeeded').waitFor();
    await console.server.api.cancel(busy[1] ?? '');
  });

  it('shows what a vm2 script answered', async () => {
    const id = await run({ name: 'Sum', type: 'node', runner: 'vm2', script: 'return { sum: 6 * 7 }' });
    const { page } = await open(`runs/${id}`);
    await text(page, '"sum": 42').waitFor();
  });

  const LEAVES = 'sleep 300 >/dev/null 2>&1 </dev/null & echo gone';
  const left = /\d+ sleep \(left running\)/;
  const ended = /\d+ sleep \(ended\)/;
  const endThem = (page: Page) => page.getByRole('button', { name: 'End it…' });

  it('shows what the script left running, and ends it by the keyboard once that is confirmed', async () => {
    const sleep = `300.${randomInt(2 ** 47)}`;
    const id = await run({ name: 'Leaves', script: LEAVES.replace('300', sleep) });
    const { page, problems } = await open(`runs/${id}`);
    await text(page, '1 process outlived the script').waitFor();
    await text(page, left).waitFor();
    const [process] = (await console.server.api.runOf(id)).meta.leftovers;
    await endThem(page).press('Enter');
    await page.getByRole('heading', { name: 'End the process that the script left running?' }).waitFor();
    await text(page, `sleep (${process?.pid})`).waitFor();
    expect(await focused(page)).toBe('Leave it running'); // what destroys nothing
    await page.keyboard.press('Enter');
    expect(processesNamed(`sleep ${sleep}`)).toEqual([process?.pid]);
    await endThem(page).press('Enter');
    await page.getByRole('button', { name: 'End it', exact: true }).press('Enter');
    await text(page, ended).waitFor();
    await text(page, '1 process ended.').waitFor();
    expect(processesNamed(`sleep ${sleep}`)).toEqual([]);
    expect(await endThem(page).count()).toBe(0);
    await eventually(async () => expect(await focused(page)).toBe('1 process outlived the script'));
    expect(problems).toEqual([]);
  });

  it('shows that somebody else has ended what the script left running', async () => {
    const id = await run({ name: 'Left to others', script: LEAVES });
    const { page } = await open(`runs/${id}`);
    await text(page, left).waitFor();
    expect((await console.server.api.endLeftovers(id)).status).toBe(200);
    await text(page, ended).waitFor();
    expect(await endThem(page).count()).toBe(0);
  });

  it('says why what the script left running was not ended', async () => {
    const id = await run({ name: 'Left for ever', script: LEAVES });
    const { page, context } = await open(`runs/${id}`);
    await text(page, left).waitFor();
    await context.route('**/leftovers/end', (route) =>
      route.fulfill({ status: 503, json: { error: 'another server started it', code: 'run.out-of-reach' } }),
    );
    await endThem(page).click();
    await page.getByRole('button', { name: 'End it', exact: true }).click();
    await text(page, 'Not ended: another server started it').waitFor();
    await text(page, left).waitFor();
    expect(await endThem(page).isEnabled()).toBe(true);
    await console.server.api.endLeftovers(id);
  });

  it('offers to end what the script left running at 360 px, accessibly', async () => {
    const script = 'for i in {1..12}; do sleep 300 >/dev/null 2>&1 </dev/null & done; echo gone';
    const id = await run({ name: 'Leaves many', script });
    const { page } = await open(`runs/${id}`, { viewport: { width: 360, height: 740 } });
    const button = page.getByRole('button', { name: 'End them…' });
    await button.waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await accessibilityProblems(page)).toEqual([]);
    await button.click();
    await page.getByRole('heading', { name: 'End 12 processes that the script left running?' }).waitFor();
    await text(page, /sleep \(\d+\) and 2 more/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'End them', exact: true }).click();
    await text(page, '12 processes ended.').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('says so when the run is not there', async () => {
    const { page } = await open('runs/65f0c0ffee0123456789abcd');
    await text(page, 'This run cannot be shown').waitFor();
  });

  it('goes to the line of the address, and puts the line that is picked into it', async () => {
    const id = await run({ name: 'Lines', script: 'seq -f "line %g" 1 2000' });
    await console.server.api.ended(id);
    const { page } = await open(`runs/${id}#L700-L702`);
    await page.getByText('line 701', { exact: true }).waitFor();
    expect(await page.locator('.row.selected .number').allInnerTexts()).toEqual(['700', '701', '702']);
    await page.getByRole('link', { name: '703', exact: true }).click();
    expect(page.url()).toMatch(/#L703$/);
    await page.getByRole('link', { name: '706', exact: true }).click({ modifiers: ['Shift'] });
    expect(page.url()).toMatch(/#L703-L706$/);
    await page.getByRole('button', { name: 'Wrap' }).click();
    await page.getByText('line 701', { exact: true }).waitFor();
  });

  it('finds, filters and copies', async () => {
    const id = await run({
      name: 'Finds',
      script: String.raw`for i in $(seq 1 3000); do echo "word $i"; done; printf '\e[31mred\e[0m end\n' >&2`,
    });
    await console.server.api.ended(id);
    const { page } = await open(`runs/${id}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await text(page, 'Complete').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('WORD 12');
    await text(page, '111 of 111').waitFor(); // 12, 120–129, 1200–1299
    await page.keyboard.press('Enter');
    await text(page, '1 of 111').waitFor();
    await page.getByText('word 12', { exact: true }).waitFor();
    await page.keyboard.press('Shift+Enter');
    await text(page, '111 of 111').waitFor();
    await page.getByRole('button', { name: 'stdout' }).click();
    await eventually(async () => expect(await page.locator('.row .number').allInnerTexts()).toEqual(['3001']));
    const copied = async (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy the log' }).click();
    await page.getByRole('menuitem', { name: 'Copy the log', exact: true }).click();
    await eventually(async () => expect(await copied()).toBe('red end\n'));
    await page.getByRole('button', { name: 'Copy the log' }).click();
    await page.getByRole('menuitem', { name: 'Copy the log with colour codes' }).click();
    await eventually(async () => expect(await copied()).toBe('\x1b[31mred\x1b[0m end\n'));
  });

  it('stays where the reader is while more comes, and says how much', async () => {
    const go = await gate();
    const id = await run({ name: 'Grows', env: go.env, script: `seq 1 500; ${WAIT}; seq 501 1704; sleep 60` });
    const { page } = await open(`runs/${id}`);
    await page.getByText('500', { exact: true }).last().waitFor();
    const viewport = page.getByRole('log');
    await viewport.hover();
    await page.mouse.wheel(0, -2000);
    await text(page, 'To the end').waitFor();
    const top = await page.locator('.row .number').first().innerText();
    await go.open();
    await page.getByRole('button', { name: '1\u202f204 new lines' }).waitFor();
    expect(await page.locator('.row .number').first().innerText()).toBe(top);
    await page.keyboard.press('f');
    await page.getByText('1704', { exact: true }).last().waitFor();
    await console.server.api.cancel(id);
  });

  it('copies a command without the password', async () => {
    const id = await run({ name: 'Curl', script: 'true' });
    const { page } = await open(`runs/${id}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await text(page, 'Complete').waitFor();
    await page.getByRole('button', { name: 'Copy a curl command that starts it' }).click();
    const { scriptId } = await console.server.api.runOf(id);
    const expected = `curl -u "$RUNLET_USER" -X POST '${console.server.url}/api/admin/scripts/${scriptId}/run'`;
    await eventually(async () => expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(expected));
  });
});
