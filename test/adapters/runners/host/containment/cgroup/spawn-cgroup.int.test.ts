import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { findOwnCgroup } from '../../../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import { readProcess } from '../../../../../../src/adapters/runners/process/process-table.js';
import { exited, openWarmHost, processesWith, runToEnd, startRun, uniqueSleep } from '../../host-for-tests.js';

const parent = findOwnCgroup();
/** A script with variables gets no pre-started shell: it begins in the spawn cgroup. */
const OWN = { env: [{ key: 'OWN', value: '1' }] };

(parent === null ? describe.skip : describe)('what a script starts before it has a cgroup of its own', () => {
  let host: Awaited<ReturnType<typeof openWarmHost>>;
  beforeEach(async () => {
    host = await openWarmHost();
  });
  afterEach(() => host.close());

  it.each([
    ['in its session', 'sleep SLEEP'],
    ['in a session of its own', 'setsid sleep SLEEP'],
    ['without its environment', 'env -i setsid sleep SLEEP'],
    ['as a copy of the shell', '( exec -a other sleep SLEEP )'],
  ])('is told of when it is left: %s', async (_, command) => {
    const sleep = uniqueSleep();
    const script = `${command.replace('SLEEP', sleep)} >/dev/null 2>&1 </dev/null & echo hi`;
    for (let time = 0; time < 5; time++) {
      const { outcome, stdout } = await runToEnd(host.bash, script, OWN);
      const left = processesWith(`sleep\0${sleep}`).concat(processesWith(`other\0${sleep}`));
      expect(left).toHaveLength(1);
      expect(outcome).toMatchObject({ leftovers: [{ pid: left[0], command: 'sleep', ended: false }] });
      expect(stdout).toBe('hi\n');
      for (const pid of left) process.kill(pid, 'SIGKILL');
    }
  });

  it('is not taken for another run’s', async () => {
    const script = 'for i in 1 2 3 4 5; do sleep 0.01; /bin/true; done';
    const runs = Array.from({ length: 24 }, () => startRun(host.bash, script, OWN).outcome);
    for (const run of runs) expect(await run).toEqual(exited(0));
  });

  it('leaves no spawn cgroup behind when the host is closed', async () => {
    const spawnCgroups = readdirSync(parent!).filter((name) => name.startsWith('runlet-spawn-'));
    const ours = spawnCgroups.filter((name) => readProcess(Number(name.split('-').at(-1)))?.parent === process.pid);
    expect(ours).toHaveLength(1);
    await host.close();
    expect(readdirSync(parent!)).not.toContain(ours[0]);
  });
});
