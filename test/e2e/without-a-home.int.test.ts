import { readFileSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeAsRoot, isRoot } from '../support/root.js';
import { type ApiClient, printedOn } from './support/api-client.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

const NOBODY = 65534;
const WITHOUT_ENTRY = 54321;
const NO_ACCOUNT = { HOME: undefined, USER: undefined, LOGNAME: undefined, SHELL: undefined };

const outputOf = async (api: ApiClient, draft: object) => {
  const runId = await api.run(draft);
  const events = await api.events(runId);
  const { status } = await api.runOf(runId);
  return { status, stdout: printedOn('stdout', events), system: printedOn('system', events) };
};

const ofNobody = async (mode = 0o700): Promise<{ DATA_DIR: string }> => {
  const DATA_DIR = await temporaryFolder();
  await chmod(DATA_DIR, mode);
  await chown(DATA_DIR, NOBODY, NOBODY);
  return { DATA_DIR };
};

describe('A script without a working directory, whose home nobody can enter', () => {
  const missing = async () => ['/nonexistent', 'does not exist'] as const;
  const file = async () => {
    const home = join(await temporaryFolder(), 'home');
    await writeFile(home, '');
    return [home, 'is not a folder'] as const;
  };
  const below = async () =>
    [`${(await file())[0]}/of/mine`, 'does not exist: a part of its path is not a folder'] as const;

  it.each([
    ['that does not exist', missing, 'on'],
    ['that does not exist, without the spawner', missing, 'off'],
    ['that is a file', file, 'on'],
    ['below a file', below, 'on'],
  ])(
    'runs in /, and one line says so: a home %s',
    async (_, make, SPAWNER) => {
      const [HOME, why] = await make();
      const server = await startServer({ ...(await freshDataDir()), HOME, SPAWNER });
      const { api } = server;
      const system = `[runlet] the home ${HOME} ${why}; the script runs in /\n`;
      const inRoot = { status: 'succeeded', stdout: `/ ${HOME}\n`, system };
      const bash = { script: 'echo "$PWD $HOME"' };
      const node = { type: 'node', script: 'console.log(process.cwd(), process.env.HOME)' };
      for (const draft of [bash, bash, node, node, { ...bash, env: [{ key: 'A', value: '1' }] }, bash]) {
        expect(await outputOf(api, draft)).toEqual(inRoot);
      }
      expect((await api.runToEnd({ script: 'true', defaultWorkingDirectory: HOME })).meta.reason).toBe('cwd-missing');
      await server.stop();
    },
    60_000,
  );

  it('runs in the home once there is one, and in / when it is gone again', async () => {
    const HOME = join(await temporaryFolder(), 'late');
    const server = await startServer({ ...(await freshDataDir()), HOME });
    const { api } = server;
    const { id } = await api.createScript({ script: 'pwd' });
    const where = async () => {
      const events = await api.events(await api.startRun(id));
      return [printedOn('stdout', events), printedOn('system', events) === ''];
    };
    expect(await where()).toEqual(['/\n', false]);
    await mkdir(HOME);
    await eventually(async () => expect(await where()).toEqual([`${HOME}\n`, true]));
    await rm(HOME, { recursive: true });
    await eventually(async () => expect(await where()).toEqual(['/\n', false]));
    await server.stop();
  }, 60_000);
});

/** Where the tests may choose, an account without a profile: that of a person may wait for something. */
const SERVICE = isRoot ? 2 : (process.getuid?.() ?? 0);
const [USER = '', , , , , HOME_OF_USER = '', SHELL = ''] =
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , uid]) => uid === String(SERVICE)) ?? [];

describe('What the environment of the server leaves out', () => {
  const start = async (env: object): Promise<Server> => {
    const DATA_DIR = await temporaryFolder();
    await chmod(DATA_DIR, 0o700);
    if (isRoot) await chown(DATA_DIR, SERVICE, SERVICE);
    return startServer({ DATA_DIR, ...env }, isRoot ? { user: SERVICE } : {});
  };

  it('comes from the passwd entry of its user', async () => {
    const server = await start(NO_ACCOUNT);
    const { api } = server;
    for (const draft of [
      { script: 'env | grep -E "^(HOME|USER|LOGNAME|SHELL)=" | sort; pwd' },
      {
        type: 'node',
        script: `for (const name of ['HOME', 'LOGNAME', 'SHELL', 'USER']) console.log(name + '=' + process.env[name]);
          console.log(process.cwd())`,
      },
    ]) {
      const stdout = `HOME=${HOME_OF_USER}\nLOGNAME=${USER}\nSHELL=${SHELL}\nUSER=${USER}\n${realpathSync(HOME_OF_USER)}\n`;
      expect(await outputOf(api, draft)).toEqual({ status: 'succeeded', stdout, system: '' });
    }
    await server.stop();
  }, 60_000);

  it('does not replace what it says, and an empty HOME says nothing', async () => {
    const server = await start({ HOME: '', USER: 'ops', LOGNAME: 'ops-login', SHELL: '/bin/dash', EMPTY: '' });
    const { api } = server;
    const { stdout } = await outputOf(api, { script: 'echo "$HOME $USER $LOGNAME $SHELL ${EMPTY-unset}"' });
    expect(stdout).toBe(`${HOME_OF_USER} ops ops-login /bin/dash \n`);
    await server.stop();
  }, 60_000);
});

describeAsRoot('A system user without a home', () => {
  const expectInRoot = async (
    server: Server,
    drafts: readonly object[],
    stdout: string,
    why: string,
  ): Promise<void> => {
    for (const draft of drafts) {
      const system = `[runlet] ${why}; the script runs in /\n`;
      expect(await outputOf(server.api, draft)).toEqual({ status: 'succeeded', stdout, system });
    }
    await server.stop();
  };

  it('has its scripts run in / with the variables of its passwd entry', async () => {
    await expectInRoot(
      await startServer({ ...(await ofNobody()), ...NO_ACCOUNT }, { user: NOBODY }),
      [{ script: 'echo "$(id -un) $PWD $HOME $USER $LOGNAME $SHELL"' }],
      'nobody / /nonexistent nobody nobody /usr/sbin/nologin\n',
      'the home /nonexistent does not exist',
    );
  }, 30_000);

  it('may have the home of another, closed to it', async () => {
    await expectInRoot(
      await startServer({ ...(await ofNobody()), HOME: '/root' }, { user: NOBODY }),
      [{ script: 'pwd' }],
      '/\n',
      'the home /root cannot be entered: permission denied',
    );
  }, 30_000);

  it('may have no passwd entry at all', async () => {
    const { DATA_DIR } = await ofNobody();
    await chown(DATA_DIR, WITHOUT_ENTRY, WITHOUT_ENTRY);
    await expectInRoot(
      await startServer({ DATA_DIR, ...NO_ACCOUNT }, { user: WITHOUT_ENTRY }),
      [{ script: 'pwd' }, { type: 'node', script: 'console.log(process.cwd())' }],
      '/\n',
      'the user of the scripts has no home',
    );
  }, 30_000);

  it('may be the one that RUN_AS names', async () => {
    await expectInRoot(
      await startServer({ ...(await freshDataDir()), RUN_AS: 'nobody' }),
      [{ script: 'echo "$PWD $HOME"' }, { type: 'node', script: 'console.log(process.cwd(), process.env.HOME)' }],
      '/ /nonexistent\n',
      'the home /nonexistent does not exist',
    );
  }, 30_000);
});
