import { afterAll, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';
import { describeAsRoot } from '../support/root.js';
import { runProgram, startProgram } from './support/program.js';
import { parentOf, processesWithVariable, zombiesOf } from './support/processes.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, serverOf } from './support/server.js';

afterAll(cleanUp);

const PRINT = fileURLToPath(new URL('../fixtures/print-neglectful-parent.mjs', import.meta.url));
const OWN_PIDS = ['--pid', '--fork', '--mount-proc', '--kill-child'];
/** As in docs/operations.md. */
const AS_CHILD = 'trap "kill -TERM \\$!" TERM; "$@" & wait; wait';

describeAsRoot('In a container, where a process whose parent has ended becomes a child of PID 1', () => {
  const env = { PATH: process.env.PATH, HOME: '/', PORT: '0', ADMIN_PASS: PASSWORD, LOG_LEVEL: 'warn' };
  const orphan = { script: '(sleep 0.2) >/dev/null 2>&1 & exit 0' };

  it('Node leaves it as a zombie, and a shell does not', async () => {
    const alone = await runProgram('unshare', [...OWN_PIDS, process.execPath, PRINT], { env });
    expect(alone).toMatchObject({ code: 0, stdout: '1 node\n' });
    const behind = ['sh', '-c', AS_CHILD, 'sh', process.execPath, PRINT];
    expect(await runProgram('unshare', [...OWN_PIDS, ...behind], { env })).toMatchObject({ code: 0, stdout: 'null\n' });
  }, 30_000);

  it('a server that is PID 1 warns', async () => {
    const settings = await freshDataDir();
    const command = [...OWN_PIDS, process.execPath, 'dist/main.js'];
    const server = await serverOf(startProgram('unshare', command, { cwd: PROJECT, env: { ...env, ...settings } }));
    await eventually(() => expect(server.stderr()).toContain('docker run --init'), { timeoutMs: 15_000 });
    expect(server.stderr()).toContain('"parent":"node (pid 1)"');
    await server.kill();
  }, 30_000);

  it('a server behind a shell leaves none, and stops in order', async () => {
    const settings = await freshDataDir();
    const command = [...OWN_PIDS, 'sh', '-c', AS_CHILD, 'sh', process.execPath, 'dist/main.js'];
    const server = await serverOf(startProgram('unshare', command, { cwd: PROJECT, env: { ...env, ...settings } }));
    expect((await server.api.runToEnd({ name: 'orphan', ...orphan })).status).toBe('succeeded');
    const [shell = 0] = processesWithVariable('DATA_DIR', settings.DATA_DIR).filter(
      (pid) => parentOf(pid) === server.pid,
    );
    await eventually(() => expect(zombiesOf(shell)).toEqual([]));
    process.kill(shell, 'SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(server.stdout()).toContain('Received SIGTERM');
  }, 30_000);
});
