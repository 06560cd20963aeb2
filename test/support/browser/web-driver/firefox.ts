import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { plainEnvironment, startProgram } from '../../../e2e/support/program.js';
import { temporaryFolder } from '../../../e2e/support/temporary-folder.js';
import { eventually } from '../../eventually.js';
import { ELEMENT, type WebDriver } from './web-driver.js';

/** Only this machine is asked, and nothing opens by itself. */
const PREFERENCES = {
  'marionette.port': 0, // any free one
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'nimbus.telemetry.targetingContextEnabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/** Starts Firefox and speaks Marionette to it: the WebDriver commands that geckodriver, which Debian does not have, would pass on. */
export const startFirefox = async (program: string): Promise<WebDriver> => {
  const profile = await temporaryFolder();
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  await writeFile(join(profile, 'user.js'), lines.join(''));
  const env = { ...plainEnvironment(), HOME: profile };
  const firefox = startProgram(program, ['--headless', '--marionette', '--no-remote', '--profile', profile], { env });
  const port = await eventually(() => {
    const found = /Marionette\s+INFO\s+Listening on port (\d+)/.exec(firefox.stdout() + firefox.stderr())?.[1];
    if (found === undefined) throw new Error(`Firefox does not listen: ${firefox.stderr()}`);
    return Number(found);
  }, STARTING);
  const ask = await connect(port);
  await ask('WebDriver:NewSession', { capabilities: { alwaysMatch: {} } });
  return {
    navigate: (url) => ask('WebDriver:Navigate', { url }),
    execute: (script, args) => ask('WebDriver:ExecuteAsyncScript', { script, args }),
    switchTo: (frame) => ask('WebDriver:SwitchToFrame', frame ? { element: frame[ELEMENT] } : { id: null }),
    click: (element) => ask('WebDriver:ElementClick', { id: element[ELEMENT] }),
    type: (element, text) => ask('WebDriver:ElementSendKeys', { id: element[ELEMENT], text }),
    async close() {
      firefox.signal('SIGTERM');
      await firefox.exited;
    },
  };
};

const STARTING = { timeoutMs: 60_000 };

type Ask = (command: string, given: object) => Promise<unknown>;

/** A message is its length in bytes, a colon and JSON: `[0, id, command, given]` there, `[1, id, error, result]` back. */
const connect = async (port: number): Promise<Ask> => {
  const socket = createConnection(port, '127.0.0.1');
  await once(socket, 'connect');
  const waiting = new Map<number, (message: Answer) => void>();
  readMessages(socket, (message) => {
    if (isAnswer(message)) waiting.get(message[1])?.(message);
  });
  let asked = 0;
  return async (command, given) => {
    const id = ++asked;
    const text = JSON.stringify([0, id, command, given]);
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.write(`${Buffer.byteLength(text)}:${text}`);
    const [, , error, result] = await answered;
    waiting.delete(id);
    if (error) throw new Error(`${command}: ${error.error}: ${error.message}`);
    return result?.value;
  };
};

type Answer = readonly [
  1,
  number,
  { readonly error: string; readonly message: string } | null,
  { readonly value?: unknown } | null,
];

const isAnswer = (message: unknown): message is Answer => Array.isArray(message);

const readMessages = (socket: Socket, take: (message: unknown) => void): void => {
  let bytes = Buffer.alloc(0);
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    for (let colon = bytes.indexOf(':'); colon > 0; colon = bytes.indexOf(':')) {
      const end = colon + 1 + Number(bytes.subarray(0, colon));
      if (bytes.length < end) return;
      take(JSON.parse(bytes.subarray(colon + 1, end).toString()));
      bytes = bytes.subarray(end);
    }
  });
};
