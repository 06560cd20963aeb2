import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Containment, Containments } from '../../src/adapters/runners/host/containment/containment.js';
import { newCookie } from '../../src/adapters/runners/host/containment/run-markers.js';
import { readProcess } from '../../src/adapters/runners/process/process-table.js';
import type { EndingPhase } from '../../src/domain/run/run-event.js';
import { eventually } from '../support/eventually.js';

const GRACE_MS = 300;

/**
 * What every way to contain a run promises.
 * @param asStarted what the way knows of a process that has just been started
 */
export const describeContainment = (
  name: string,
  choose: () => Containments,
  asStarted: (pid: number) => { pid: number; startTime: number | null },
): void => {
  describe(`Containment: ${name}`, () => {
    const children: ChildProcess[] = [];
    afterEach(() => {
      for (const { pid = 0 } of children.splice(0)) {
        try {
          process.kill(-pid, 'SIGKILL');
        } catch {
          // it has ended
        }
      }
    });

    /** A script that has printed that it is there. */
    const contain = async (
      script: string,
      containments = choose(),
    ): Promise<{ child: ChildProcess; containment: Containment; gone: Promise<unknown[]> }> => {
      const cookie = newCookie();
      const env = { PATH: process.env.PATH, RUNLET_RUN_COOKIE: cookie };
      const child = spawn('bash', ['-c', script.replace('UP', 'echo up')], { detached: true, env });
      children.push(child);
      const gone = once(child, 'exit');
      const containment = containments.enclose({
        ...{ name: newCookie(), cookie, spawnCgroup: null, pipes: () => [] },
        ...asStarted(child.pid ?? 0),
      });
      await once(child.stdout, 'data');
      return { child, containment, gone };
    };

    it('has the script as its member while that runs, and nobody afterwards', async () => {
      const { child, containment, gone } = await contain('UP; read -r');
      expect((await containment.members()).map(({ pid }) => pid)).toEqual([child.pid]);
      expect(await containment.isEmpty()).toBe(false);
      child.stdin?.end();
      await gone;
      await eventually(async () => expect(await containment.isEmpty()).toBe(true));
      expect(await containment.members()).toEqual([]);
      await containment.dissolve();
    });

    it('still has what the script has left in its group', async () => {
      const { containment, gone } = await contain('sleep 300 & UP');
      await gone;
      expect(await containment.isEmpty()).toBe(false);
      const { found } = await containment.end({ ms: GRACE_MS });
      expect(found).toMatchObject([{ ended: true }]);
      expect(await containment.isEmpty()).toBe(true);
      await containment.dissolve();
    });

    it('ends a script that heeds TERM without KILL', async () => {
      const { containment, gone } = await contain("trap 'exit 0' TERM; UP; while :; do sleep 0.05; done");
      const phases: EndingPhase[] = [];
      const { signalled } = await containment.end({ ms: 20_000, phase: (phase) => phases.push(phase) });
      expect(await gone).toEqual([0, null]);
      expect(signalled?.signals).toEqual(['SIGTERM']);
      expect(phases).toEqual(['terminating']);
      await containment.dissolve();
    });

    it('ends one that does not after the grace, with all in its group', async () => {
      const { containment, gone } = await contain("trap '' TERM; sleep 300 & UP; sleep 300");
      const phases: EndingPhase[] = [];
      const begun = performance.now();
      const { found, signalled } = await containment.end({ ms: GRACE_MS, phase: (phase) => phases.push(phase) });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(GRACE_MS);
      expect(await gone).toEqual([null, 'SIGKILL']);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(({ ended }) => ended)).toBe(true);
      expect(signalled).toMatchObject({ signals: ['SIGTERM', 'SIGKILL'], processes: found.length });
      expect(phases).toEqual(['terminating', 'killing']);
      await containment.dissolve();
    });

    it('ends at once when the grace is taken back', async () => {
      const { containment, gone } = await contain("trap '' TERM; UP; sleep 300");
      const kill = new AbortController();
      const ending = containment.end({ ms: 60_000, kill: kill.signal });
      kill.abort();
      expect((await ending).signalled?.signals).toContain('SIGKILL');
      expect(await gone).toEqual([null, 'SIGKILL']);
      await containment.dissolve();
    });

    it('signals nobody when nobody is left', async () => {
      const { containment, gone } = await contain('UP');
      await gone;
      await eventually(async () => expect(await containment.isEmpty()).toBe(true));
      expect(await containment.end({ ms: GRACE_MS })).toEqual({ found: [], signalled: null });
      await containment.dissolve();
    });

    it('leaves what still runs alone when it is dissolved', async () => {
      const { child, containment } = await contain('UP; sleep 300');
      await containment.dissolve();
      expect(readProcess(child.pid ?? 0)).not.toBeNull();
    });

    it.each([
      ['the same choice', true],
      ['another choice in the same process', false],
    ])('touches no run of %s', async (_, isSame) => {
      const containments = choose();
      const one = await contain('UP; sleep 300', containments);
      const other = await contain('UP; sleep 300', isSame ? containments : choose());
      const { found } = await one.containment.end({ ms: GRACE_MS });
      expect(found.map(({ pid }) => pid)).not.toContain(other.child.pid);
      expect(readProcess(other.child.pid ?? 0)).not.toBeNull();
      expect((await other.containment.members()).map(({ pid }) => pid)).toContain(other.child.pid);
      await one.containment.dissolve();
      await other.containment.end({ ms: GRACE_MS });
      await other.containment.dissolve();
    });
  });
};
