import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { accessibilityProblems } from '../support/browser/accessibility.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

const CLEAN_UP = 'for i in $(seq 1 60); do echo "cleaning $i"; done';

describeInBrowser('the page of a run that failed', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('quotes the last lines of stderr, goes to the first error and links the last good run', async () => {
    const { api } = console.server;
    const script = `if [ -n "$GOOD" ]; then exit 0; fi
      seq 1 300000; echo 'no such table: orders' >&2; echo 'ERROR <b>first</b>' >&2; echo between
      for i in 1 2 3 4 5 6; do echo "trace $i" >&2; done; seq 1 300000; ${CLEAN_UP}; exit 3`;
    const { id } = await api.createScript({ name: 'Fails', script, env: [{ key: 'GOOD', value: '1' }] });
    const good = await api.startRun(id);
    await api.ended(good);
    await api.editScript(id, { env: [] });
    const bad = await api.startRun(id);
    await api.ended(bad);
    const { page, problems } = await console.open(`runs/${bad}`);
    const quote = page.getByLabel('What it said last on stderr');
    await quote.waitFor();
    expect((await quote.innerText()).trim().split('\n')).toEqual([2, 3, 4, 5, 6].map((n) => `trace ${n}`));
    expect(await page.getByRole('link', { name: /^Last good run/ }).getAttribute('href')).toContain(good);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: /^Go to the first error, line \d+$/ }).click();
    const selected = page.locator('.row.selected');
    await selected.waitFor();
    expect(await selected.locator('.text').innerText()).toBe('ERROR <b>first</b>');
    expect(page.url()).toContain(`#L${await selected.locator('.number').innerText()}`);
    expect(problems).toEqual([]);
  }, 60_000);

  it('finds the error of a script that writes it to stdout, and nothing where there is none', async () => {
    const { api } = console.server;
    const told = await api.run({
      name: 'Tells',
      script: `exec 2>&1; echo fine; echo 'Fatal: disk is full'; ${CLEAN_UP}; exit 1`,
    });
    await api.ended(told);
    const { page } = await console.open(`runs/${told}`);
    await page.getByRole('button', { name: 'Go to the first error, line 2' }).click();
    await page.locator('.row.selected').getByText('Fatal: disk is full').waitFor();
    const silent = await api.run({ name: 'Silent', script: 'exit 1' });
    await api.ended(silent);
    await page.goto(console.at(`runs/${silent}`));
    await page.getByText('The script ended with exit code 1.').waitFor();
    await page.getByText('Complete', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /first error/ }).count()).toBe(0);
  }, 60_000);

  it('shows the end of the output that is kept with a run whose log is lost', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Lost', script: String.raw`printf '\e[32mkept\e[0m <i>here</i>\n'` });
    await api.ended(id);
    await rm(join(console.settings.DATA_DIR ?? '', 'logs', `${id}.ndjson`));
    const { page } = await console.open(`runs/${id}`);
    await page.getByText('The log of this run is not there. This is the end of its output').waitFor();
    expect(await page.getByLabel('The end of the output').innerText()).toBe('kept <i>here</i>\n');
    expect(await page.getByText('It printed nothing.').count()).toBe(0);
  });
});
