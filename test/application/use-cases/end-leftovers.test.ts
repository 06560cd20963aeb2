import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProcessSweeper } from '../../../src/application/ports/process-sweeper.js';
import { storeUnavailable } from '../../../src/adapters/persistence/rows/store-unavailable.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { TOKENS } from '../../../src/composition/container.js';
import type { ScriptRun } from '../../../src/domain/run/script-run.js';
import { anAuditEvent, aSuccess } from '../../contracts/samples.js';
import { ada, makeWorld, type World } from '../../support/world.js';

const LEFT = [11, 12].map((pid) => ({ pid, command: 'sleep', ended: false, startTime: '1' }));
const PROCESS = { pid: 10, startTime: '1', bootId: 'a', cookie: 'c', cgroup: null };

let world: World | undefined;
afterEach(() => world?.close());

type Claim = Partial<ScriptRun['claim']>;

const open = async (reach: ProcessSweeper['reach'], claim: Claim = {}) => {
  const memory = await openMemoryStore();
  world = await makeWorld({ store: memory, sweeper: { reach } });
  const run = aSuccess(5, { meta: { leftovers: LEFT } });
  await memory.runs.insert(
    { ...run, claim: { owner: 'server-1', token: 't', process: PROCESS, ...claim } },
    anAuditEvent(),
  );
  const events = async () => (await memory.audit.list({ limit: 10, action: 'scripts.cancel' })).items;
  const end = () => world!.container.resolve(TOKENS.endLeftovers)({ runId: run.id, origin: ada });
  const ended = async () => (await world!.run(run.id)).meta.leftovers.map((left) => left.ended);
  return { memory, run, events, end, ended };
};

describe('ending what a run has left', () => {
  it('notes what is gone, and of a process that could not be ended that it is not', async () => {
    const { end, ended, run } = await open((process, token, leftovers) => {
      expect([process, token, leftovers]).toEqual([PROCESS, 't', LEFT]);
      return Promise.resolve({ end: () => Promise.resolve([12]) });
    });
    expect(await end()).toMatchObject({ id: run.id, status: 'succeeded', meta: { leftovers: [{}, { ended: true }] } });
    expect(await ended()).toEqual([false, true]);
  });

  it('has it in the trail before anything is ended, and ends nothing that the trail cannot take', async () => {
    let told = 0;
    const { memory, end, ended, events } = await open(() =>
      Promise.resolve({
        end: async () => {
          told++;
          expect((await events()).map(({ outcome }) => outcome)).toEqual(['success']);
          return [11, 12];
        },
      }),
    );
    const append = memory.audit.append.bind(memory.audit);
    memory.audit.append = () => Promise.reject(storeUnavailable('full'));
    await expect(end()).rejects.toMatchObject({ code: 'store.unavailable' });
    expect([told, await ended()]).toEqual([0, [false, false]]);
    memory.audit.append = append;
    await end();
    expect([told, await ended()]).toEqual([1, [true, true]]);
  });

  it('knows that nothing is left of an own run when the machine was restarted', async () => {
    const { end, ended } = await open(() => Promise.resolve('machine-restarted'));
    await end();
    expect(await ended()).toEqual([true, true]);
  });

  it.each([
    ['of another machine', 'machine-restarted', { owner: 'server-2' }],
    ['of another server that lives', 'out-of-reach', { owner: 'server-2' }],
    ['that cannot be told from strangers', 'out-of-reach', {}],
  ] as const)('refuses what is %s, and says so in the trail', async (_, answer, claim) => {
    const { end, ended, events } = await open(() => Promise.resolve(answer), claim);
    await expect(end()).rejects.toMatchObject({ code: 'run.out-of-reach' });
    expect(await ended()).toEqual([false, false]);
    expect(await events()).toMatchObject([{ outcome: 'failure', code: 'run.out-of-reach', changes: ['leftovers'] }]);
  });

  it('does not look here for what another server started and did not record', async () => {
    const { end, ended } = await open(() => Promise.reject(new Error('looked for')), {
      owner: 'server-2',
      process: null,
    });
    await expect(end()).rejects.toMatchObject({ code: 'run.out-of-reach' });
    expect(await ended()).toEqual([false, false]);
  });
});
