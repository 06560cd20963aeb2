import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Debian's Chromium or another one on PATH, or CHROMIUM_PATH; null where there is none. */
export const findChromium = (): string | null => {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram) ?? null;
};

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

const MISSING =
  'There is no Chromium on PATH: install one (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM_PATH to one.';

const ARGUMENTS = [
  '--no-sandbox', // containers have none; the pages are our own
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
