import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';
import { startFirefox } from './web-driver/firefox.js';
import type { WebDriver } from './web-driver/web-driver.js';
import { startWebKit } from './web-driver/webkit.js';

/** A browser beside Chromium. */
export interface OtherBrowser {
  readonly name: string;
  /** What is not installed of what it needs; null: nothing. */
  readonly missing: string | null;
  /** Set to 1 where tests in it must not be left out. */
  readonly required: string;
  start(): Promise<WebDriver>;
}

const onPath = (...names: readonly string[]): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

const firefox = onPath('firefox-esr', 'firefox');
export const FIREFOX: OtherBrowser = {
  name: 'Firefox',
  missing: firefox === undefined ? 'firefox-esr' : null,
  required: 'RUNLET_REQUIRE_FIREFOX',
  start: () => startFirefox(firefox ?? ''),
};

/** In a folder of the machine's architecture on Debian. */
const LIBRARIES = ['/usr/lib', '/usr/libexec', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)];
const miniBrowser = LIBRARIES.flatMap((folder) =>
  ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0'].map((name) => join(folder, name, 'MiniBrowser')),
).find(existsSync);
const webKitDriver = onPath('WebKitWebDriver');
export const WEBKIT: OtherBrowser = {
  name: 'WebKitGTK',
  missing:
    webKitDriver === undefined || miniBrowser === undefined || onPath('Xvfb') === undefined
      ? 'webkit2gtk-driver xvfb'
      : null,
  required: 'RUNLET_REQUIRE_WEBKIT',
  start: () => startWebKit(webKitDriver ?? '', miniBrowser ?? ''),
};

/** `describe` for what needs the browser. Where it is missing the suite is skipped and says so, or fails where it is required. */
export const describeIn = ({ name, missing, required }: OtherBrowser, suite: () => void): void => {
  if (missing === null) {
    describe(name, suite);
    return;
  }
  const why = `they need: apt-get install ${missing}`;
  if (process.env[required] === '1') {
    describe(name, () => it('is there', () => Promise.reject(new Error(`${required}=1, but ${why}`))));
    return;
  }
  process.stderr.write(`NOT RUN: tests of the console in ${name} (${why})\n`);
  describe.skip(name, suite);
};
