import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { commandsOfChildren, descriptorsOf, parentOf, processesNamed, processesOfRun } from './support/processes.js';
import { cleanUp, freshDataDir, startServer } from './support/server.js';

afterAll(cleanUp);

/** The listening TCP sockets of a process: an open inspector is one. */
const listeners = (pid: number): string[] => {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return descriptorsOf(pid).filter((target) => listening.includes(target));
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
};

describe('A server', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGXCPU', 'SIGPWR'] as const)(
    'stops in order on %s',
    async (signal) => {
      const settings = { ...(await freshDataDir()), SHUTDOWN_GRACE_MS: '1500', KILL_GRACE_MS: '300' };
      const server = await startServer(settings);
      const quick = await server.api.run({ script: 'echo ready; sleep 0.5; echo made it' });
      const endless = await server.api.run({ script: `trap '' HUP QUIT; echo ready; setsid sleep 300 & sleep 300` });
      for (const runId of [quick, endless]) await server.api.printed(runId, 'ready');
      server.signal(signal);
      expect(await server.exited).toEqual({ code: 0, signal: null });
      expect(server.stdout()).toContain(
        `Received ${signal}: waiting for running scripts. Send it again to stop them now.\n`,
      );
      for (const runId of [quick, endless]) expect(processesOfRun(runId)).toEqual([]);
      const next = await startServer(settings);
      expect(await next.api.runOf(quick)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
      expect(await next.api.runOf(endless)).toMatchObject({ status: 'canceled', meta: { reason: 'shutdown' } });
      await next.stop();
    },
    60_000,
  );

  it('takes a HUP that comes along with a TERM for the same request to stop', async () => {
    const settings = await freshDataDir();
    const server = await startServer(settings);
    const runId = await server.api.run({ script: 'echo ready; sleep 1; echo made it' });
    await server.api.printed(runId, 'ready');
    server.signal('SIGTERM');
    server.signal('SIGHUP');
    expect((await server.exited).code).toBe(0);
    const next = await startServer(settings);
    expect(await next.api.runOf(runId)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
    await next.stop();
  }, 60_000);

  it('does nothing on any other signal that a process can do nothing on', async () => {
    const server = await startServer(await freshDataDir());
    const runId = await server.api.run({ script: 'echo ready; sleep 1; echo made it' });
    await server.api.printed(runId, 'ready');
    const listening = listeners(server.pid);
    expect(listening).toHaveLength(1);
    const others = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGPIPE', 'SIGCHLD', 'SIGWINCH'] as const;
    for (const signal of others) server.signal(signal);
    expect(await server.api.ended(runId)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
    expect(server.stderr()).not.toContain('Debugger');
    expect(listeners(server.pid)).toEqual(listening);
    expect((await server.stop()).code).toBe(0);
  }, 30_000);
});

describe('A helper process of the server', () => {
  it('goes on when the whole service gets a signal, so that scripts keep their exit codes', async () => {
    const settings = await freshDataDir();
    const server = await startServer(settings);
    const script = 'echo ready; sleep 1; exit 3';
    const runId = await server.api.run({ script, env: [{ key: 'OWN', value: 'process' }] });
    await server.api.printed(runId, 'ready');
    const [spawner = 0, ...more] = processesNamed(`spawner-program.js ${server.pid}`);
    expect(more).toEqual([]);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)
      process.kill(spawner, signal);
    expect(await server.api.ended(runId)).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(processesNamed(`spawner-program.js ${server.pid}`)).toEqual([spawner]);
    expect((await server.stop()).code).toBe(0);
    expect(processesNamed(`spawner-program.js ${server.pid}`)).toEqual([]);
  }, 30_000);

  it('opens no inspector', async () => {
    const server = await startServer(await freshDataDir());
    const script = 'console.log("ready"); const end = Date.now() + 1500; while (Date.now() < end);';
    const runId = await server.api.run({ type: 'node', runner: 'vm2', script });
    await server.api.printed(runId, 'ready');
    const helpers = processesNamed('.js').filter((pid) => parentOf(pid) === server.pid);
    const commands = commandsOfChildren(server.pid).join('\n');
    expect(commands).toContain('sandbox-child.js');
    expect(commands).toContain('spawner-program.js');
    for (const pid of helpers) process.kill(pid, 'SIGUSR1');
    const opened = new Set<string>();
    await eventually(async () => {
      for (const pid of helpers) for (const listener of listeners(pid)) opened.add(listener);
      expect((await server.api.runOf(runId)).status).toBe('succeeded');
    });
    expect([...opened]).toEqual([]);
    await server.stop();
  }, 30_000);
});
