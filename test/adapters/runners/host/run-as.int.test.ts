import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Home } from '../../../../src/adapters/runners/host/home.js';
import { findOwnCgroup } from '../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import { findRunUser } from '../../../../src/adapters/runners/host/find-run-user.js';
import { reachableBy } from '../../../../src/adapters/runners/host/reachable-by.js';
import { eventually } from '../../../support/eventually.js';
import { describeAsRoot } from '../../../support/root.js';
import {
  EACH_STARTER,
  exited,
  type HostForTests,
  processesWith,
  readProc,
  runToEnd,
  startRun,
  uniqueSleep,
} from './host-for-tests.js';

const PATH = process.env.PATH ?? '';

describe('findRunUser', () => {
  const accounts = readFileSync('/etc/passwd', 'utf8').trim().split('\n');

  it('knows every account of the machine with its groups, by name and by number', async () => {
    const groups = readFileSync('/etc/group', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(':'));
    for (const account of accounts.slice(0, 30)) {
      const [name = '', , uid, gid, , home, shell] = account.split(':');
      const user = await findRunUser(name, PATH);
      expect(user).toMatchObject({ name, uid: Number(uid), gid: Number(gid) });
      expect([user.home, user.shell]).toEqual([home === '' ? '/' : home, shell === '' ? '/bin/sh' : shell]);
      const member = groups
        .filter(([, , , members = '']) => members.split(',').includes(name))
        .map(([, , id]) => Number(id));
      expect(new Set(user.groups)).toEqual(new Set([Number(gid), ...member]));
    }
    expect((await findRunUser('65534', PATH)).name).toBe(
      accounts.find((line) => line.split(':')[2] === '65534')?.split(':')[0],
    );
  });

  it('says why there is none', async () => {
    await expect(findRunUser('no-such-user', PATH)).rejects.toThrow('there is no user no-such-user on this machine');
    await expect(findRunUser('nobody', '/nowhere')).rejects.toThrow('setpriv, of util-linux');
  });
});

describe.each(EACH_STARTER)('started by %s,', (_starter, open) =>
  describeAsRoot('a script that runs as another user', () => {
    // Groups of others, to see that it is given what it has and not only what Node would give.
    const nobody = async () => ({ ...(await findRunUser('nobody', PATH)), groups: [65534, 7, 24], shell: '/bin/zsh' });
    let host: HostForTests;
    let home: string;
    let closed: string;
    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'run-as-'));
      chmodSync(home, 0o755);
      closed = join(home, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      writeFileSync(join(closed, 'secret'), 'hunter2', { mode: 0o644 });
      const baseEnvironment = { ...process.env, TOKEN_OF_THE_SERVER: 'hunter2' };
      host = open({
        user: { ...(await nobody()), home },
        home: new Home(home),
        baseEnvironment,
      });
    });
    afterAll(async () => {
      await host.close();
      rmSync(home, { recursive: true, force: true });
    });

    it('has that user’s identity, groups, home, pipes and text', async () => {
      const script = `echo "$(id -u) $(id -g) $(id -G) $HOME $USER $LOGNAME $SHELL $PWD $0 $# $SHLVL"; id -ru; echo x >/dev/stderr; ls -l /proc/self/fd | grep -c /body-`;
      expect(await runToEnd(host.bash, script)).toMatchObject({
        outcome: exited(1), // grep has found none
        stdout: `65534 65534 65534 7 24 ${home} nobody nobody /bin/zsh ${home} bash 0 1\n65534\n0\n`,
        stderr: 'x\n',
      });
    });

    it('has the variables of the script to the letter, and none of the server', async () => {
      const odd = 'it\'s "odd" $HOME `id` \\ ünï\nsecond line\n';
      const env = [
        { key: 'ODD', value: odd },
        { key: 'LC_ALL', value: 'no_SUCH.locale' },
        { key: 'EMPTY', value: '' },
      ];
      const { stdout, stderr } = await runToEnd(host.node, 'console.log(JSON.stringify(process.env))', { env });
      const { RUNLET_RUN_ID, RUNLET_RUN_COOKIE, _, SHLVL, ...rest } = JSON.parse(stdout) as Record<string, string>;
      const login = Object.entries(process.env).filter(([key]) => /^(PATH|TZ|LANG|LANGUAGE|LC_[A-Z]+)$/.test(key));
      expect(rest).toEqual({
        ...Object.fromEntries(login),
        ...{ HOME: home, USER: 'nobody', LOGNAME: 'nobody', SHELL: '/bin/zsh' },
        ...{ ODD: odd, LC_ALL: 'no_SUCH.locale', EMPTY: '' },
      });
      expect([RUNLET_RUN_ID, RUNLET_RUN_COOKIE, SHLVL]).toEqual([expect.any(String), expect.any(String), '0']);
      expect(stderr).toBe('');
    });

    it('never lets what its author puts into the environment act as root', async () => {
      // What the loader is told to trace is said by every program that sees it: the shell that is root would say it first.
      const env = [{ key: 'LD_DEBUG', value: 'files' }];
      const { stderr } = await runToEnd(host.bash, ':', { env });
      expect(stderr).toContain('bash');
      expect(stderr).not.toContain('setpriv');
    });

    it('reads nothing that only root may: not the server, not what starts it, not a closed folder', async () => {
      const script = `
      for file in /proc/$PPID/environ /proc/${process.pid}/environ /proc/$PPID/mem ${closed}/secret; do cat $file; done
      ls /proc/$PPID/fd /proc/${process.pid}/fd ${closed}; kill -0 $PPID; kill -0 ${process.pid}; echo done`;
      const { stdout, stderr } = await runToEnd(host.bash, script);
      expect(stdout).toBe('done\n');
      expect(stderr.match(/Permission denied|Operation not permitted/g)).toHaveLength(9);
    });

    it.each([
      ['is closed to it', () => closed, 'cannot be entered: permission denied'],
      ['is not there', () => join(home, 'none'), 'does not exist'],
    ])('does not start where the working directory %s', async (_, directory, why) => {
      const workingDirectory = directory();
      expect((await runToEnd(host.bash, 'echo hi', { workingDirectory })).outcome).toEqual({
        kind: 'not-started',
        reason: 'cwd-missing',
        message: `the working directory ${workingDirectory} ${why}`,
      });
    });

    it.each(['bash', 'node'] as const)('is ended with all that it started: %s', async (runner) => {
      const sleep = uniqueSleep();
      const lines = `setsid sleep ${sleep} & env -i setsid sleep ${sleep} >/dev/null 2>&1 </dev/null & sleep ${sleep}`;
      const script = runner === 'bash' ? lines : `child_process.execFileSync('bash', ['-c', '${lines}'])`;
      const run = startRun(host[runner], script);
      await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(3));
      if (findOwnCgroup() !== null)
        await eventually(() => expect(readProc(`${run.identity().pid}/cgroup`)).toContain(`runlet-${run.runId}`));
      expect(readProc(`${run.identity().pid}/status`)).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      run.terminate();
      await run.outcome;
      expect(processesWith(sleep)).toEqual([]);
    });
  }),
);

describeAsRoot('reachableBy', () => {
  it('answers what the user can read, enter or run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reachable-'));
    try {
      expect([
        ...(await reachableBy(await findRunUser('nobody', PATH), [folder, '/none', process.execPath, '/etc/shadow'])),
      ]).toEqual([process.execPath]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
