import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { processesNamed } from './support/processes.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';

describe('The process that starts scripts', () => {
  let server: Server;
  const stopped = new Set<number>();
  beforeAll(async () => {
    server = await startServer({ ...(await freshDataDir()), KILL_GRACE_MS: '300', SHUTDOWN_GRACE_MS: '300' });
  });
  afterEach(() => {
    for (const pid of spawners()) if (stopped.delete(pid)) process.kill(pid, 'SIGCONT');
  });
  afterAll(cleanUp);

  const spawners = (): number[] => processesNamed(`spawner-program.js ${server.pid}`);
  const stop = async (): Promise<void> => {
    for (const pid of await eventually(() => (expect(spawners()).not.toEqual([]), spawners()))) {
      process.kill(pid, 'SIGSTOP');
      stopped.add(pid);
    }
  };
  const succeeds = async (name: string, draft: object = {}) => {
    const run = await server.api.runToEnd({ name, script: `echo ${name}`, ...draft });
    expect(run).toMatchObject({ status: 'succeeded', exitCode: 0, outputTail: `${name}\n` });
  };

  it.each([
    ['pre-started shells', {}],
    ['processes of their own', { env: [{ key: 'A', value: '1' }] }],
  ])('is killed by a script, and all that come after it succeed, in %s', async (_, draft) => {
    for (let round = 0; round < 3; round++) {
      const killing = await server.api.runToEnd({
        name: 'Kills',
        script: 'kill -9 $PPID; echo killed; exit 0',
        ...draft,
      });
      expect(killing.outputTail).toBe('killed\n');
      for (let n = 0; n < 6; n++) await succeeds(`${round}-${n}`, draft);
    }
  });

  it('is killed by a script while others run, whose ends are said to be unknown', async () => {
    const runId = await server.api.run({ name: 'Goes on', script: 'echo begun; sleep 1; echo done; exit 0' });
    await server.api.printed(runId, 'begun\n');
    await server.api.runToEnd({ name: 'Kills', script: 'kill -9 $PPID', env: [{ key: 'A', value: '1' }] });
    const run = await server.api.ended(runId);
    expect(run.outputTail).toBe('begun\ndone\n');
    expect(run).toMatchObject({
      status: 'failed',
      exitCode: null,
      meta: { message: expect.stringContaining('not known') },
    });
  });

  it('does not answer: limits, cancels, new runs and the stop of the server hold', async () => {
    const endless = { script: 'echo up; sleep 300' };
    const [limited, canceled] = [
      await server.api.run({ name: 'Limited', ...endless, timeoutMs: 2500 }),
      await server.api.run({ name: 'Canceled', ...endless }),
    ];
    for (const runId of [limited, canceled]) await server.api.printed(runId, 'up\n');
    await stop();
    await server.api.cancel(canceled);
    expect(await server.api.ended(canceled)).toMatchObject({ status: 'canceled' });
    expect(await server.api.ended(limited)).toMatchObject({ status: 'timed_out' });
    await succeeds('made-by-another', { env: [{ key: 'A', value: '1' }] });
    await stop();
    const waiting = await server.api.run({ name: 'Waiting', script: 'sleep 300', env: [{ key: 'A', value: '1' }] });
    expect((await server.api.get('/healthz')).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(waiting).toMatch(/^[0-9a-f]{24}$/);
  }, 60_000);
});
