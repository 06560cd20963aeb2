import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeAsRoot } from '../support/root.js';
import { startProgram } from './support/program.js';
import { processesNamed } from './support/processes.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, serverOf } from './support/server.js';

afterAll(cleanUp);

/** Leaves of /proc what bash's /dev/fd needs, under another name: no process can be looked up by its number, as on macOS. Nor is there a cgroup. */
const HIDE_PROC = `mkdir -p "$DATA_DIR-proc" && mount --rbind /proc "$DATA_DIR-proc"
  mount -t tmpfs none /sys/fs/cgroup; mount -t tmpfs none /proc && ln -s "$DATA_DIR-proc/self" /proc/self && exec node dist/main.js`;

describeAsRoot('A server that has no /proc to look into', () => {
  it('runs scripts, ends them as a group, and says that something may have survived', async () => {
    const env = {
      PATH: process.env.PATH,
      HOME: '/',
      PORT: '0',
      ADMIN_PASS: PASSWORD,
      KILL_GRACE_MS: '300',
      LOG_LEVEL: 'warn',
      ...(await freshDataDir()),
    };
    const server = await serverOf(startProgram('unshare', ['--mount', 'sh', '-c', HIDE_PROC], { cwd: PROJECT, env }));
    expect(await server.api.runToEnd({ name: 'bash', script: 'echo hi >/dev/stderr' })).toMatchObject({
      status: 'succeeded',
      outputTail: 'hi\n',
      meta: { leftovers: [], signalled: null },
    });
    expect(await server.api.runToEnd({ name: 'node', type: 'node', script: 'console.log(1)' })).toMatchObject({
      outputTail: '1\n',
    });
    const runId = await server.api.run({
      name: 'ends',
      script: `trap '' TERM; sleep 317.25 & echo ready; sleep 317.25`,
    });
    await server.api.printed(runId, 'ready');
    await eventually(() => expect(processesNamed('sleep 317.25')).toHaveLength(2));
    await server.api.cancel(runId);
    expect(await server.api.ended(runId)).toMatchObject({
      status: 'canceled',
      meta: { leftovers: [], signalled: { signals: ['SIGTERM', 'SIGKILL'], processes: 1, survivors: 'possible' } },
    });
    expect(processesNamed('sleep 317.25')).toEqual([]);
    expect(await server.api.log(runId, '?stream=stdout')).toBe('ready\n');
    await server.stop();
  }, 60_000);
});
