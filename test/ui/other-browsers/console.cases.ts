import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cleanUp, freshDataDir, PASSWORD, type Server, startServer } from '../../e2e/support/server.js';
import { temporaryFolder } from '../../e2e/support/temporary-folder.js';
import { describeIn, type OtherBrowser } from '../../support/browser/other-browsers.js';
import { type DrivenWindow, windowOf } from '../../support/browser/web-driver/window.js';
import { eventually } from '../../support/eventually.js';
import { describeSandbox } from '../browser-run/sandbox.cases.js';

/** One journey and the sandbox of browser scripts. */
export const describeConsoleIn = (browser: OtherBrowser): void =>
  describeIn(browser, () => {
    let server: Server;
    let window: DrivenWindow;
    beforeAll(async () => {
      server = await startServer(await freshDataDir());
      window = windowOf(await browser.start());
    }, 90_000);
    afterAll(async () => {
      await window.close();
      await cleanUp();
    }, 30_000);

    const runOf = async (name: string) => (await server.api.runs()).items.find(({ meta }) => meta.script.name === name);

    it('signs in, runs a script, shows its output live, cancels another and searches', async () => {
      const gate = join(await temporaryFolder(), 'open');
      const script = `echo first; until [ -e ${gate} ]; do sleep 0.1; done; echo last`;
      await server.api.createScript({ name: 'Counts', script });
      await server.api.createScript({ name: 'Waits', script: 'echo waiting; sleep 600' });
      const { host } = new URL(server.url);
      await window.goto(`http://admin:${encodeURIComponent(PASSWORD)}@${host}/admin/scripts`);
      // Without the password in it, which would be in the base of every request.
      await window.goto(`${server.url}/admin/scripts`);

      await window.click('a', 'Counts');
      await window.click('button', 'Run');
      await window.shows('first');
      expect(await runOf('Counts')).toMatchObject({ status: 'running' });
      await writeFile(gate, '');
      await window.shows('last');
      await window.shows('Succeeded');

      await window.type('input[type=search]', 'FIRST');
      await eventually(async () => expect(await window.evaluate(() => document.title)).toContain('Counts'));
      await window.shows('1 of 1');

      await window.goto(`${server.url}/admin/scripts`);
      await window.click('a', 'Waits');
      await window.click('button', 'Run');
      await window.shows('waiting');
      await window.click('button', 'Cancel');
      await window.shows('Canceled');
      expect(await runOf('Waits')).toMatchObject({ status: 'canceled' });
    }, 90_000);

    describeSandbox(async () => {
      await window.goto(`${server.url}/admin/scripts`);
      return { page: window, url: server.url };
    });
  });
