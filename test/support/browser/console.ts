import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { cleanUp, freshDataDir, PASSWORD, type Server, startServer } from '../../e2e/support/server.js';
import type { Environment } from '../../e2e/support/program.js';
import { launchChromium } from './chromium.js';

/** A compiled server with an empty store, and a browser to look at its console. */
export interface ConsoleUnderTest {
  readonly server: Server;
  readonly browser: Browser;
  /** Of the server, to start it anew on the same store. */
  readonly settings: Environment;
  /** The address of a screen: `''` is the list of scripts. */
  at(path: string): string;
  /** A window that is signed in as `admin`. Its `problems` are what the page logged as errors and threw. */
  open(path: string, options?: BrowserContextOptions): Promise<ConsoleWindow>;
  close(): Promise<void>;
}

export interface ConsoleWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly problems: readonly string[];
  /** Addresses of all that was requested. */
  readonly requested: readonly string[];
}

/** @param settings of the server, added to an empty DATA_DIR */
export const startConsole = async (settings: Environment = {}): Promise<ConsoleUnderTest> => {
  const all = { ...(await freshDataDir()), ...settings };
  const server = await startServer(all);
  const browser = await launchChromium();
  const at = (path: string): string => `${server.url}/admin/scripts${path === '' ? '' : `/${path}`}`;
  return {
    server,
    browser,
    settings: all,
    at,
    async open(path, options = {}) {
      const context = await browser.newContext({
        httpCredentials: { username: 'admin', password: PASSWORD },
        ...options,
      });
      const page = await context.newPage();
      const problems: string[] = [];
      const requested: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('request', (request) => requested.push(request.url()));
      await page.goto(at(path));
      return { page, context, problems, requested };
    },
    async close() {
      await browser.close();
      await cleanUp();
    },
  };
};
