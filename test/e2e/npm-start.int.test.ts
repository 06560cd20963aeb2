import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { processesOfRun, processesWithVariable } from './support/processes.js';
import { plainEnvironment, startProgram } from './support/program.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, type Server, serverOf, startServer } from './support/server.js';

describe('npm start', () => {
  afterAll(cleanUp);

  const start = async (settings: { DATA_DIR: string }): Promise<Server> =>
    serverOf(
      startProgram('npm', ['start'], {
        cwd: PROJECT,
        env: { ...plainEnvironment(), PORT: '0', ADMIN_PASS: PASSWORD, SHUTDOWN_GRACE_MS: '1500', ...settings },
      }),
    );

  it.each([
    ['SIGTERM to npm', (npm: Server) => npm.signal('SIGTERM')],
    ['Ctrl-C, which npm and the server both get', (npm: Server) => process.kill(-npm.pid, 'SIGINT')],
    ['SIGQUIT, which npm and the server both get', (npm: Server) => process.kill(-npm.pid, 'SIGQUIT')],
    ['SIGHUP to npm, which passes it on to nobody,', (npm: Server) => npm.signal('SIGHUP')],
    ['SIGKILL to npm', (npm: Server) => npm.signal('SIGKILL')],
  ])(
    '%s stops the server in order and leaves no process',
    async (_what, stop) => {
      const settings = await freshDataDir();
      const npm = await start(settings);
      const ofServer = () => processesWithVariable('DATA_DIR', settings.DATA_DIR);
      const quick = await npm.api.run({ script: 'echo ready; sleep 0.8; echo made it' });
      const endless = await npm.api.run({ script: 'echo ready; sleep 300 & sleep 300' });
      for (const runId of [quick, endless]) await npm.api.printed(runId, 'ready');
      expect(ofServer().length).toBeGreaterThanOrEqual(2);
      stop(npm);
      await npm.exited;
      await eventually(() => expect(ofServer()).toEqual([]), { timeoutMs: 1000 });
      expect(npm.stdout()).toMatch(/^(?:Received SIG[A-Z]+|npm has ended): waiting for running scripts\. Send /m);
      for (const runId of [quick, endless]) expect(processesOfRun(runId)).toEqual([]);
      const next = await startServer(settings);
      expect(await next.api.runOf(quick)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
      expect(await next.api.runOf(endless)).toMatchObject({ status: 'canceled', meta: { reason: 'shutdown' } });
      await next.stop();
    },
    60_000,
  );

  it('gives scripts the soft limit of open files that npm was started with', async () => {
    const settings = await freshDataDir();
    const env = { ...plainEnvironment(), PORT: '0', ADMIN_PASS: PASSWORD, ...settings };
    const start = 'ulimit -Sn 1000; npm start; exit $?';
    const shell = await serverOf(startProgram('bash', ['-c', start], { cwd: PROJECT, env }));
    const run = await shell.api.runToEnd({ name: 'Limit', script: 'ulimit -Sn' });
    expect(run).toMatchObject({ status: 'succeeded', outputTail: '1000\n' });
    process.kill(-shell.pid, 'SIGTERM');
    await eventually(() => expect(processesWithVariable('DATA_DIR', settings.DATA_DIR)).toEqual([]));
  }, 60_000);

  it('stops in order when its terminal is closed', async () => {
    const settings = await freshDataDir();
    const env = { ...plainEnvironment(), PORT: '0', ADMIN_PASS: PASSWORD, SHUTDOWN_GRACE_MS: '1500', ...settings };
    const terminal = await serverOf(startProgram('script', ['-qfc', 'npm start', '/dev/null'], { cwd: PROJECT, env }));
    const runId = await terminal.api.run({ script: 'echo ready; sleep 0.8; echo made it' });
    await terminal.api.printed(runId, 'ready');
    terminal.signal('SIGKILL');
    const left = () => processesWithVariable('DATA_DIR', settings.DATA_DIR);
    await eventually(() => expect(left()).toEqual([]), { timeoutMs: 10_000 });
    const next = await startServer(settings);
    expect(await next.api.runOf(runId)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
    await next.stop();
  }, 60_000);
});
