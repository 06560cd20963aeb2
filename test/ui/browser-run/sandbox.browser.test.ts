import { afterAll, beforeAll } from '@jest/globals';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { pageOfPlaywright } from '../../support/browser/page-under-test.js';
import { describeSandbox } from './sandbox.cases.js';

describeInBrowser('Chromium', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  describeSandbox(async () => {
    const { page } = await console.open('');
    return { page: pageOfPlaywright(page), url: console.server.url };
  });
});
