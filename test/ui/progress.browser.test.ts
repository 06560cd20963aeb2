import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

/** Waits for a file, so that the page has shown what was printed before. */
const PULL = String.raw`
printf 'latest: Pulling\naa1: Waiting\nbb2: Waiting\n'
until [ -e "$GO" ]; do sleep 0.05; done
for i in 1 2 3 4 5 6; do
  printf '\e[2A\e[2K\raa1: Downloading %s MB\r\e[2B' $i; sleep 0.06
  printf '\e[1A\e[2K\rbb2: Downloading %s MB\r\e[1B' $i; sleep 0.06
done
for i in 1 2 3; do printf '[+] Building %s/3\n => step %s\n\e[2A' $i $i; sleep 0.06; done
printf '\e[2Bdone\n\e[31m10%%\r\e[K\e[32m100%%\e[0m\n'`;

describeInBrowser('progress of docker, npm and pip', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('is shown as in a terminal, live and afterwards, and keeps the numbers of lines', async () => {
    const go = `${console.settings.DATA_DIR}/go`;
    const { id } = await console.server.api.createScript({
      name: 'Pull',
      script: PULL,
      env: [{ key: 'GO', value: go }],
    });
    const runId = await console.server.api.startRun(id);
    const { page, problems } = await console.open(`runs/${runId}`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByText('bb2: Waiting').waitFor();
    const touch = await console.server.api.run({ name: 'Go', script: `touch '${go}'` });
    await console.server.api.ended(touch);
    await page.getByText('Complete', { exact: true }).waitFor();
    const texts = [
      'latest: Pulling',
      'aa1: Downloading 6 MB',
      'bb2: Downloading 6 MB',
      '[+] Building 3/3',
      ' => step 3',
      'done',
      '100%',
    ];
    const isShown = async () => {
      expect(await page.locator('.row .text').allTextContents()).toEqual(texts);
      expect(await page.locator('.row .number').allTextContents()).toEqual(['1', '2', '3', '4', '5', '10', '11']);
    };
    await eventually(isShown);
    expect(
      await page
        .locator('.row .text span')
        .last()
        .evaluate((element) => element.style.getPropertyValue('--fg')),
    ).toBe('var(--log-color-2)');
    await page.reload();
    await eventually(isShown);
    await page.getByRole('button', { name: 'Copy the log' }).click();
    await page.getByRole('menuitem', { name: 'Copy the log', exact: true }).click();
    await page.getByText('Copied the log.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(texts.map((text) => `${text}\n`).join(''));
    await page.goto(console.at(`runs/${runId}#L11`));
    await page.locator('.row.selected', { hasText: '100%' }).waitFor();
    expect(problems).toEqual([]);
  });
});
