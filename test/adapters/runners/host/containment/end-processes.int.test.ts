import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endProcesses } from '../../../../../src/adapters/runners/host/containment/end-processes.js';
import { makeRunProcesses } from '../../../../../src/adapters/runners/host/containment/run-processes.js';
import type { EndingPhase } from '../../../../../src/domain/run/run-event.js';
import { eventually } from '../../../../support/eventually.js';
import { KILL_GRACE_MS, processesWith, uniqueSleep } from '../host-for-tests.js';

describe('where processes have no start time to be known by', () => {
  it('ends the whole group, and answers it as one', async () => {
    const sleep = uniqueSleep();
    const leader = spawn('bash', ['-c', `trap '' TERM; sleep ${sleep} & sleep ${sleep}`], { detached: true });
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(2));
    const identity = { pid: leader.pid!, startTime: null, bootId: null, cookie: 'none', cgroup: null };
    const processes = makeRunProcesses(identity, { startedHere: true, pipes: () => [] });
    const phases: EndingPhase[] = [];
    const gone = once(leader, 'exit');
    const ended = await endProcesses({
      find: () => processes.find(),
      group: identity.pid,
      cgroup: null,
      graceMs: KILL_GRACE_MS,
      phase: (phase) => phases.push(phase),
    });
    await gone;
    expect(processesWith(sleep)).toEqual([]);
    expect(ended).toEqual({
      found: [{ pid: identity.pid, command: 'process group', ended: true }],
      signalled: { signals: ['SIGTERM', 'SIGKILL'], processes: 1, survivors: 'possible' },
    });
    expect(phases).toEqual(['terminating', 'killing']);
    expect(await processes.findHolders()).toEqual([]);
  });
});
