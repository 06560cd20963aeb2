import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { itSampled } from '../support/sample.js';
import { processesNamed } from './support/processes.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';

const GRACE_MS = 500;

/** Whether this process could make cgroups for others, found out without the code under test. */
const canMakeCgroups = (): boolean => {
  const mount = / (\/\S*) rw\S* .*- cgroup2 /.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (mount === undefined || own === undefined) return false;
  const probe = join(mount, own, `test-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
};

/** S is a time to sleep by which the processes of one run are found. */
const TREES: readonly (readonly [name: string, processes: number, script: string])[] = [
  ['a sleep behind and one before', 2, 'sleep S & sleep S'],
  ['setsid', 1, 'setsid sleep S & wait'],
  ['nohup', 1, 'nohup sleep S & wait'],
  ['set -m', 2, 'set -m; sleep S & sleep S & wait'],
  ['a double fork', 2, '(sleep S &); (setsid bash -c "sleep S & sleep 0.1" &); sleep 60'],
  ['200 sleeps', 200, 'for i in {1..200}; do sleep S & done; wait'],
  ["trap '' TERM", 2, "trap '' TERM; sleep S & while :; do sleep S; done"],
  ['env -i setsid', 1, '(env -i setsid sleep S >/dev/null 2>&1 </dev/null &); sleep 60'],
  [
    'env -i setsid that ignores TERM',
    1,
    `(trap '' TERM; env -i setsid sleep S >/dev/null 2>&1 </dev/null &); sleep 60`,
  ],
];

describe('Nothing of a run survives', () => {
  const hasCgroups = canMakeCgroups();
  const used = new Set<string>();
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ ...(await freshDataDir()), KILL_GRACE_MS: String(GRACE_MS) });
  });
  afterAll(cleanUp);

  const uniqueSleep = (): string => {
    const sleep = `300.${randomInt(2 ** 47)}`;
    if (used.has(sleep)) return uniqueSleep();
    used.add(sleep);
    return sleep;
  };
  const nothingSurvived = { leftovers: [], signalled: { survivors: hasCgroups ? 'none' : 'possible' } };

  it('where cgroups can be made, in one of its own', async () => {
    const { body } = await server.api.get<{ walls: object }>('/api/admin/system');
    expect(body.walls).toMatchObject({ cgroup: hasCgroups });
    const runId = await server.api.run({ name: 'cgroup', script: 'echo $$; sleep 300' });
    await server.api.printed(runId, '\n');
    const pid = (await server.api.log(runId)).trim();
    if (hasCgroups)
      await eventually(() =>
        expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toMatch(/^0::.*\/runlet-[0-9a-f-]+$/m),
      );
    await server.api.cancel(runId);
    await server.api.ended(runId);
  });

  it.each(TREES)('a cancel: %s', async (name, processes, script) => {
    const sleep = uniqueSleep();
    const runId = await server.api.run({ name: `cancel ${name}`, script: script.replaceAll('S', sleep) });
    await eventually(() => expect(processesNamed(`sleep ${sleep}`)).toHaveLength(processes));
    const asked = performance.now();
    expect((await server.api.cancel(runId)).status).toBe(202);
    await eventually(() => expect(processesNamed(sleep)).toEqual([]));
    expect(performance.now() - asked).toBeLessThan(GRACE_MS + 2000);
    const run = await server.api.ended(runId);
    expect(run).toMatchObject({ status: 'canceled', meta: { reason: 'canceled', ...nothingSurvived } });
    expect(run.meta.signalled?.processes).toBeGreaterThan(processes);
    expect(run.meta.signalled?.signals).toEqual(name.includes('TERM') ? ['SIGTERM', 'SIGKILL'] : ['SIGTERM']);
    const spoken = (await server.api.events(runId)).filter(({ stream }) => stream === 'system').map(({ line }) => line);
    expect(spoken).toEqual(hasCgroups ? [] : [expect.stringContaining('may have survived')]);
  });

  itSampled(TREES, 3)('a time-out: %s', async (name, processes, script) => {
    const sleep = uniqueSleep();
    const draft = { name: `time-out ${name}`, timeoutMs: 3000, script: script.replaceAll('S', sleep) };
    const runId = await server.api.run(draft);
    await eventually(() => expect(processesNamed(`sleep ${sleep}`)).toHaveLength(processes));
    const run = await server.api.ended(runId);
    expect(processesNamed(sleep)).toEqual([]);
    expect(run).toMatchObject({ status: 'timed_out', meta: { reason: 'timeout', ...nothingSurvived } });
    expect(run.meta.durationMs).toBeLessThan(3000 + GRACE_MS + 2000);
  });

  it('when the server is stopped or killed either', async () => {
    const settings = { ...(await freshDataDir()), KILL_GRACE_MS: '200', SHUTDOWN_GRACE_MS: '100' };
    const sleep = uniqueSleep();
    for (const end of ['stop', 'kill'] as const) {
      const first = await startServer(settings);
      const scripts = TREES.filter(([, processes]) => processes < 200).map(([, , script]) => script);
      const runIds = await Promise.all(
        scripts.map((script, index) =>
          first.api.run({ name: `${end} ${index}`, script: script.replaceAll('S', sleep) }),
        ),
      );
      await eventually(() => expect(processesNamed(`sleep ${sleep}`).length).toBeGreaterThanOrEqual(12));
      await first[end]();
      const second = await startServer(settings);
      for (const runId of runIds)
        expect((await second.api.ended(runId)).meta.reason).toMatch(/^shutdown$|^interrupted$/);
      expect(processesNamed(sleep)).toEqual([]);
      await second.stop();
    }
  }, 60_000);
});

describe('What a script leaves behind when it ends by itself', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(await freshDataDir());
  });
  afterAll(cleanUp);

  it('lives on where it holds the output, for which the run waits two seconds, and is named', async () => {
    const run = await server.api.runToEnd({ name: 'holds', script: 'sleep 300 & echo hi' });
    expect(run).toMatchObject({ status: 'succeeded', exitCode: 0, outputTail: 'hi\n' });
    expect(run.meta.durationMs).toBeLessThan(5000);
    const [leftover] = run.meta.leftovers;
    expect(run.meta.leftovers).toEqual([{ pid: expect.any(Number), command: 'sleep', ended: false }]);
    expect(run.meta.signalled).toBeNull();
    expect(processesNamed('sleep 300')).toContain(leftover!.pid);
    process.kill(leftover!.pid, 'SIGKILL');
  });

  it('lives on where it let go of the output, and is counted', async () => {
    const script = 'setsid sleep 300 >/dev/null 2>&1 </dev/null & echo hi';
    const run = await server.api.runToEnd({ name: 'lets go', script });
    expect(run).toMatchObject({ status: 'succeeded', outputTail: 'hi\n' });
    expect(run.meta.durationMs).toBeLessThan(1500);
    expect(run.meta).toMatchObject({ leftovers: [{ ended: false }], signalled: null });
    const [leftover] = run.meta.leftovers;
    await eventually(() => expect(processesNamed('sleep 300')).toContain(leftover!.pid));
    process.kill(leftover!.pid, 'SIGKILL');
  });
});
