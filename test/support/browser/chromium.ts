import { describe, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { ARGUMENTS, findChromium, MISSING } from '../../../scripts/find-chromium.js';

/** @throws Error saying how to get a browser */
export const launchChromium = async (): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(MISSING);
  return chromium.launch({ executablePath, args: ARGUMENTS });
};

/**
 * `describe` for what needs a browser. Where there is none the suite is skipped and says so, and with RUNLET_REQUIRE_BROWSER=1, as the
 * public CI sets it, it fails.
 */
export const describeInBrowser = (name: string, suite: () => void): void => {
  if (findChromium() !== null) {
    describe(name, suite);
    return;
  }
  if (process.env.RUNLET_REQUIRE_BROWSER === '1') {
    describe(name, () => it('has a browser', () => Promise.reject(new Error(MISSING))));
    return;
  }
  process.stderr.write(`SKIPPED: ${name}. ${MISSING}\n`);
  describe.skip(name, suite);
};
