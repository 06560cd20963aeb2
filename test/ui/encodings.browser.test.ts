import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createReadStream } from 'node:fs';
import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../support/browser/accessibility.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { eventually } from '../support/eventually.js';

const TOKEN = 's3cr3t-t0ken';
const octal = (bytes: Buffer): string => Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

describeInBrowser('the page of a run whose output is not UTF-8', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  const open = async (script: string, env: object[] = []) => {
    const { api } = console.server;
    const { id } = await api.runToEnd({ name: 'Prints bytes', script, env });
    const window = await console.open(`runs/${id}`);
    await window.page.getByText('Complete', { exact: true }).waitFor();
    return { ...window, id };
  };
  const texts = (page: Page) => page.locator('run-log .row .text').allInnerTexts();
  const read = async (page: Page, encoding: string, lines: string[]) => {
    await page.getByLabel('Encoding').selectOption({ label: encoding });
    await eventually(async () => expect(await texts(page)).toEqual(lines));
  };

  it.each([
    ['Latin-1', Buffer.from('c4ffe9', 'hex'), 'Äÿé'],
    ['Windows-1252', Buffer.from('8093e994', 'hex'), '€“é”'],
    ['GBK', Buffer.from('c4e3bac3cac0bde7', 'hex'), '你好世界'],
    ['Shift_JIS', Buffer.from('93fa967b8cea835c', 'hex'), '日本語ソ'],
  ])(
    'reads it as %s where the reader says so, also over pieces',
    async (encoding, bytes, text) => {
      const halves = [bytes.subarray(0, 3), bytes.subarray(3)].map((half) => `printf '${octal(half)}'; sleep 0.2`);
      const script = `echo ascii; ${halves.join(';')}; printf '\\n<b>end</b>\\n'; printf '${octal(bytes)}\\n' >&2`;
      const { page, problems } = await open(script);
      await page.getByText('Some of this output is not text in UTF-8.').waitFor();
      expect((await texts(page)).join('')).toContain('\ufffd');
      expect(await accessibilityProblems(page)).toEqual([]);
      await read(page, encoding, ['ascii', text, '<b>end</b>', text]);
      await page.getByLabel('Search the log').fill(text.slice(-2));
      await page.getByText('of 2').waitFor();
      await page.getByLabel('Search the log').fill('');
      await page.getByLabel('Encoding').selectOption({ label: 'UTF-8' });
      await eventually(async () => expect((await texts(page)).join('')).toContain('\ufffd'));
      expect(problems).toEqual([]);
    },
    60_000,
  );

  it.each(['LE', 'BE'])(
    'reads UTF-16%s with a secret that stays masked',
    async (order) => {
      const script = `export LC_ALL=C.UTF-8; printf 'größe: 上\\ntoken %s\\nend\\n' "$TOKEN" | iconv -f UTF-8 -t UTF-16${order}`;
      const { page } = await open(script, [{ key: 'TOKEN', value: TOKEN, secret: true }]);
      await read(page, `UTF-16${order}`, ['größe: 上', 'token ***', 'end']);
    },
    60_000,
  );

  it('has the exact bytes as a file', async () => {
    const { page } = await open(String.raw`printf '\000\377\r\n\200'`);
    const download = async (press: () => Promise<unknown>): Promise<string> => {
      const [file] = await Promise.all([page.waitForEvent('download'), press()]);
      const chunks: Buffer[] = [];
      for await (const chunk of createReadStream(await file.path())) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('hex');
    };
    expect(await download(() => page.getByRole('link', { name: 'Exact bytes' }).click())).toBe('00ff0d0a80');
    await page.getByRole('button', { name: 'More downloads' }).click();
    expect(await download(() => page.getByRole('menuitem', { name: 'Exact bytes' }).click())).toBe('00ff0d0a80');
  }, 60_000);

  it('says nothing of it where all is UTF-8', async () => {
    const { page } = await open("echo 'größe: 上'");
    await page.getByText('größe: 上').waitFor();
    expect(await page.getByLabel('Encoding').count()).toBe(0);
  }, 60_000);
});
