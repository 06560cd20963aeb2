import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.js';
import { ApiClient } from './api-client.js';
import { type Environment, type Exit, killPrograms, type Program, runProgram, startProgram } from './program.js';
import { processesWithVariable } from './processes.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

export const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const START_MS = 20_000;
export const PASSWORD = 'correct horse battery staple';

/** The compiled server in a process of its own, as operators start it. */
export interface Server extends Program {
  /** `http://127.0.0.1:PORT`, from its start line. */
  readonly url: string;
  readonly startLine: string;
  /** As the user `admin` with PASSWORD. */
  readonly api: ApiClient;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<Exit>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<Exit>;
}

/**
 * @param settings added to PORT=0 and an ADMIN_PASS; DATA_DIR has to be among them
 * @param options.user number of the user that the server runs as, for tests that run as root
 */
export const startServer = (settings: Environment, options: { user?: number } = {}): Promise<Server> =>
  serverOf(
    startProgram(process.execPath, [mainFile()], {
      env: { ...environment(), ADMIN_PASS: PASSWORD, ...settings },
      ...options,
    }),
  );

/** A program that is, or starts, a server, once it has printed its address. */
export const serverOf = async (program: Program): Promise<Server> => {
  const startLine = await untilReady(program);
  const url = /is ready at (http:\/\/\S+)\/admin\/scripts/.exec(startLine)?.[1] ?? '';
  const end = (signal: NodeJS.Signals) => () => {
    program.signal(signal);
    return program.exited;
  };
  const api = new ApiClient(url, { user: 'admin', password: PASSWORD });
  return { ...program, url, startLine, api, stop: end('SIGTERM'), kill: end('SIGKILL') };
};

/** A start that is expected to fail. Nothing but `settings` and PORT=0 is set. */
export const startInVain = async (
  settings: Environment,
  options: { user?: number } = {},
): Promise<Exit & { stdout: string; stderr: string; /** without what Runlet says to root */ complaint: string }> => {
  const ended = await runProgram(process.execPath, [mainFile()], {
    env: { ...environment(), ...settings },
    ...options,
  });
  const lines = ended.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Runlet runs as root'));
  return { ...ended, complaint: lines.join('\n') };
};

/** For `afterAll`: ends what a failed test left running, scripts included, and removes its folders. */
export const cleanUp = async (): Promise<void> => {
  await killPrograms();
  for (const pid of processesWithVariable(...MARK)) kill(pid);
  await removeTemporaryFolders();
};

/** Settings of a server on the embedded store, in a folder of its own. */
export const freshDataDir = async (): Promise<{ DATA_DIR: string }> => ({
  DATA_DIR: `${await temporaryFolder()}/data`,
});

/** Servers have it in their environment, and scripts inherit it from them. */
const MARK = ['STARTED_BY_TEST', String(process.pid)] as const;

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** The home is a folder without a profile, so that a login shell of the machine running the tests adds nothing. */
const environment = (): Environment => ({
  PATH: process.env.PATH,
  HOME: '/',
  LANG: 'C.UTF-8',
  PORT: '0',
  LOG_LEVEL: 'warn',
  [MARK[0]]: MARK[1],
});

const mainFile = (): string => {
  const file = `${PROJECT}dist/main.js`;
  if (!existsSync(file))
    throw new Error(`${file} is missing: these tests drive the compiled server; npm run build makes it`);
  return file;
};

const untilReady = async (program: Program): Promise<string> => {
  const seen = { end: false };
  void program.exited.then(() => (seen.end = true));
  const line = await eventually(
    () => {
      const found = /^Runlet .* is ready at .*$/m.exec(program.stdout())?.[0];
      if (found === undefined && !seen.end) throw new Error(`the server is not ready: ${program.stderr()}`);
      return found;
    },
    { timeoutMs: START_MS },
  );
  if (line === undefined) throw new Error(`the server did not start: ${program.stderr()}`);
  return line;
};
