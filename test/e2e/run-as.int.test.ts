import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeAsRoot, isRoot } from '../support/root.js';
import { processesOfRun } from './support/processes.js';
import { cleanUp, freshDataDir, PASSWORD, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

const NOBODY = 65534;

describeAsRoot('A server with RUN_AS', () => {
  it('keeps its settings, its data and its secrets to itself', async () => {
    const { DATA_DIR } = await freshDataDir();
    const settings = { DATA_DIR, RUN_AS: 'nobody', TOKEN: 'hunter2', LOG_LEVEL: 'info' };
    const server = await startServer(settings);
    expect(server.stderr()).not.toContain('runs as root');
    const script = `
      echo "$(id -un) $(id -Gn) $PWD"
      env | grep -c hunter2
      for file in /proc/${server.pid}/environ /proc/$PPID/environ ${DATA_DIR}/admin-password ${DATA_DIR}/server-id ${DATA_DIR}/*; do
        head -c1 "$file" && echo "read $file"
      done 2>&1 | grep -v 'Permission denied'
      echo spawner $(tr '\\0' ' ' </proc/$PPID/cmdline)
      grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff)):' /proc/self/status`;
    const run = await server.api.runToEnd({ script, defaultWorkingDirectory: '/tmp' });
    expect(run.outputTail.split('\n')).toEqual([
      'nobody nogroup /tmp',
      '0',
      expect.stringMatching(/^spawner \S*node .*spawner-program\.js \d+( \d+)?$/),
      'Uid:\t65534\t65534\t65534\t65534',
      'Gid:\t65534\t65534\t65534\t65534',
      'Groups:\t65534 ',
      ...['Inh', 'Prm', 'Eff'].map((set) => `Cap${set}:\t0000000000000000`),
      '',
    ]);
    const { walls } = (await server.api.get<{ walls: object }>('/api/admin/system')).body;
    expect(walls).toMatchObject({ runAs: 'nobody' });
    await eventually(() => expect(server.stderr()).toContain('isolation of scripts on this machine'));
    expect(server.stderr()).toContain(JSON.stringify(walls));
    await server.stop();
  });

  it('ends what it started, before and after a crash', async () => {
    const settings = { ...(await freshDataDir()), RUN_AS: 'nobody', KILL_GRACE_MS: '300' };
    const script = `trap '' TERM; setsid sleep 300 & (sleep 300 &) ; echo ready; sleep 300`;
    const first = await startServer(settings);
    const [canceled, interrupted] = await Promise.all(
      ['bash', 'node'].map((type) =>
        first.api.run({
          name: type,
          type,
          script:
            type === 'bash'
              ? script
              : `child_process.execFileSync('bash', ['-c', ${JSON.stringify(script)}], { stdio: 'inherit' })`,
          defaultWorkingDirectory: '/tmp',
        }),
      ),
    );
    for (const runId of [canceled!, interrupted!]) await first.api.printed(runId, 'ready');
    expect(processesOfRun(canceled!).length).toBeGreaterThanOrEqual(4);
    await first.api.cancel(canceled!);
    expect(await first.api.ended(canceled!)).toMatchObject({ status: 'canceled', meta: { leftovers: [] } });
    expect(processesOfRun(canceled!)).toEqual([]);
    await first.kill();
    expect(processesOfRun(interrupted!).length).toBeGreaterThanOrEqual(4);
    const second = await startServer(settings);
    expect(await second.api.ended(interrupted!)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    expect(processesOfRun(interrupted!)).toEqual([]);
    await second.stop();
  });

  it('says where a script may not be, and warns where there is no home', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o700);
    const server = await startServer({ ...(await freshDataDir()), RUN_AS: 'nobody' });
    const why = async (draft: object) => (await server.api.runToEnd({ script: 'true', ...draft })).meta;
    expect(await why({ name: 'closed', defaultWorkingDirectory: folder })).toMatchObject({
      reason: 'cwd-missing',
      message: `the working directory ${folder} cannot be entered: permission denied`,
    });
    expect(server.stderr()).toContain('"path":"/nonexistent"');
    await server.stop();
  });

  it('warns of a file of its settings that scripts could read', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const file = join(folder, 'password');
    await writeFile(file, PASSWORD);
    const given = { ...(await freshDataDir()), RUN_AS: 'nobody', ADMIN_PASS: undefined, ADMIN_PASS_FILE: file };
    const careless = await startServer(given);
    expect(careless.stderr()).toContain(`"file":"${file}"`);
    await careless.stop();
    await chmod(file, 0o600);
    const careful = await startServer(given);
    expect(careful.stderr()).not.toContain('"file"');
    await careful.stop();
  });
});

describe('A start with a RUN_AS that cannot be', () => {
  const complaintOf = async (settings: object): Promise<string> => {
    const { code, complaint } = await startInVain({ ...(await freshDataDir()), ...settings });
    expect(code).toBe(1);
    return complaint;
  };

  it.each(
    isRoot
      ? [
          ['no-such-user', 'RUN_AS: there is no user no-such-user on this machine'],
          ['root', 'RUN_AS: root is root; name a user that is not'],
          ['0', 'RUN_AS: 0 is root; name a user that is not'],
          ['-x', 'RUN_AS: must be the name of a user (it is "-x")'],
        ]
      : [['nobody', 'RUN_AS: only root can run scripts as another user; leave it out']],
  )('stops with one line: %s', async (RUN_AS, complaint) => {
    expect(await complaintOf({ RUN_AS })).toBe(complaint);
  });

  (isRoot ? it : it.skip)('stops where DATA_DIR is that user’s own', async () => {
    const { DATA_DIR } = await freshDataDir();
    await chmod(join(DATA_DIR, '..'), 0o755);
    await mkdir(DATA_DIR, { mode: 0o700 });
    await chown(DATA_DIR, NOBODY, NOBODY);
    expect(await complaintOf({ DATA_DIR, RUN_AS: 'nobody' })).toBe(
      `RUN_AS: nobody can enter DATA_DIR ${DATA_DIR}; let it belong to root, with mode 0700`,
    );
  });

  (isRoot ? it : it.skip)('stops where the tools are missing', async () => {
    const PATH = await temporaryFolder();
    expect(await complaintOf({ PATH, RUN_AS: 'nobody' })).toBe(
      'RUN_AS: it takes setpriv, of util-linux on Linux, which was not found in PATH',
    );
  });
});
