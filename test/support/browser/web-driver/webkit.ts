import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { plainEnvironment, type Program, startProgram } from '../../../e2e/support/program.js';
import { temporaryFolder } from '../../../e2e/support/temporary-folder.js';
import { eventually } from '../../eventually.js';
import { ELEMENT, type WebDriver } from './web-driver.js';

/** @param browser Debian's MiniBrowser, a window of WebKitGTK */
export const startWebKit = async (driver: string, browser: string): Promise<WebDriver> => {
  const home = await temporaryFolder();
  const screen = startProgram('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    env: plainEnvironment(),
  });
  const display = await eventually(() => {
    if (!/^\d+\n/.test(screen.stdout())) throw new Error(`Xvfb does not start: ${screen.stderr()}`);
    return `:${screen.stdout().trim()}`;
  }, STARTING);
  const port = await freePort();
  const env = {
    ...plainEnvironment(),
    DISPLAY: display,
    GDK_BACKEND: 'x11',
    HOME: home,
    XDG_RUNTIME_DIR: home,
    LIBGL_ALWAYS_SOFTWARE: '1',
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // containers have none; the pages are our own
  };
  const program = startProgram(driver, ['--host=127.0.0.1', `--port=${port}`], { env });
  const ask = async (method: string, path: string, given?: object): Promise<unknown> => {
    const body = given ? { body: JSON.stringify(given) } : {};
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...body });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  };
  await eventually(() => ask('GET', '/status'), STARTING);
  const options = { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } };
  const session = await ask('POST', '/session', { capabilities: { alwaysMatch: options } });
  const at = `/session/${(session as { sessionId: string }).sessionId}`;
  return {
    navigate: (url) => ask('POST', `${at}/url`, { url }),
    execute: (script, args) => ask('POST', `${at}/execute/async`, { script, args }),
    switchTo: (frame) => ask('POST', `${at}/frame`, { id: frame }),
    click: (element) => ask('POST', `${at}/element/${element[ELEMENT]}/click`, {}),
    type: (element, text) => ask('POST', `${at}/element/${element[ELEMENT]}/value`, { text }),
    async close() {
      await ask('DELETE', at);
      await Promise.all([program, screen].map(ended));
    },
  };
};

const STARTING = { timeoutMs: 60_000 };

const ended = async (program: Program): Promise<void> => {
  program.signal('SIGTERM');
  await program.exited;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
