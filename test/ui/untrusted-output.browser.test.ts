import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

const IMAGE = '<img src=x onerror="window.hit=1">';
const OUTPUT = String.raw`
printf '%s\n' '${IMAGE}' '<script>window.hit=2</script>' '<a href="javascript:window.hit=3">x</a>' 'javascript:window.hit=4'
printf '%s\n' 'data:text/html,<script>window.hit=5</script>' 'https://example.com/"onmouseover="window.hit=6' "$NOTE" >&2
printf 'clip \e]52;c;%s\a.\n' "$(printf evil | base64)"
printf 'link \e]8;;javascript:window.hit=7\e\\text\e]8;;\e\\.\n'
printf 'title \e]0;pwned\a. unfinished \e]52;c;ZXZp'; sleep 0.3; printf 'bA==\a.\n\e[8mhidden?\e[0m\n'
exit 1`;

describeInBrowser('output, names and reasons of a script', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('are text, whatever they hold', async () => {
    const id = await console.server.api.run({
      name: `Name ${IMAGE}`,
      script: OUTPUT,
      env: [{ key: 'NOTE', value: `env ${IMAGE}` }],
    });
    const { page, problems } = await console.open(`runs/${id}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.evaluate(() => navigator.clipboard.writeText('mine'));
    await page.getByText('Complete', { exact: true }).waitFor();
    await eventually(async () => {
      const lines = await page.locator('.row .text').allInnerTexts();
      expect(lines).toEqual(expect.arrayContaining([IMAGE, `env ${IMAGE}`, 'clip .', 'link text.', 'hidden?']));
      expect(lines).toContain('title . unfinished .');
    });
    expect(await page.locator('h1').innerText()).toBe(`Name ${IMAGE}`);
    expect(await page.title()).toContain(IMAGE);
    for (const link of await page.locator('.row .text a').all()) {
      expect(await link.getAttribute('href')).toMatch(/^https:\/\/example\.com\/$/);
      expect([await link.getAttribute('rel'), await link.getAttribute('target')]).toEqual([
        'noopener noreferrer',
        '_blank',
      ]);
    }
    expect(await page.locator('.row .text a').count()).toBe(1);
    expect(await page.locator('run-log img, run-log script, run-header img').count()).toBe(0);
    expect(await page.evaluate(() => Reflect.get(window, 'hit') as unknown)).toBeUndefined();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine');
    expect(problems).toEqual([]);
  });

  it('are text in the reason of a failure, too', async () => {
    const id = await console.server.api.run({ name: 'Nowhere', script: 'true', defaultWorkingDirectory: `/${IMAGE}` });
    const { page, problems } = await console.open(`runs/${id}`);
    await page.getByText('Its working directory does not exist.').waitFor();
    await page.getByText(IMAGE).first().waitFor();
    expect(await page.locator('run-outcome img').count()).toBe(0);
    expect(await page.evaluate(() => Reflect.get(window, 'hit') as unknown)).toBeUndefined();
    expect(problems).toEqual([]);
  });
});
