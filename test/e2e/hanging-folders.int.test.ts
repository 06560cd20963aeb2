import { afterEach, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeWithHangingMounts, type HangingMount, startHangingMount } from '../support/hanging-mount.js';
import { itSampled } from '../support/sample.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';

const KINDS = ['heeded', 'unheeded'] as const;
const STARTERS = [
  ['the spawner', {}],
  ['no spawner', { SPAWNER: 'off' }],
] as const;

await describeWithHangingMounts('A folder that never answers', () => {
  let mount: HangingMount | undefined;
  afterEach(async () => {
    await mount?.end();
    mount = undefined;
    await cleanUp();
  });
  const start = async (more: object): Promise<Server> =>
    startServer({
      ...(await freshDataDir()),
      KILL_GRACE_MS: '300',
      SHUTDOWN_GRACE_MS: '300',
      ...more,
    });

  /** Everybody but the scripts that need the folder goes on. */
  const expectLife = async ({ api }: Server): Promise<void> => {
    expect((await api.get('/healthz')).status).toBe(200);
    for (const [type, runner] of [
      ['bash', 'host'],
      ['node', 'host'],
      ['node', 'vm2'],
    ]) {
      const script = type === 'bash' ? 'echo on' : `console.log('on')`;
      const run = await api.runToEnd({
        name: `${type} on ${runner}`,
        type,
        runner,
        script,
        defaultWorkingDirectory: '/',
      });
      expect(run).toMatchObject({ status: 'succeeded', outputTail: 'on\n' });
    }
  };

  itSampled(
    STARTERS.flatMap(([name, settings]) => KINDS.map((kind) => [kind, name, settings] as const)),
    2,
  )(
    'holds up only the scripts that are to work in it, and not their limits, cancels and stop (%s, %s)',
    async (kind, _, settings) => {
      mount = await startHangingMount(kind);
      const { api, ...program } = await start(settings);
      const draft = (type: string) => ({ type, script: '0', defaultWorkingDirectory: mount?.folder });
      const limited = [
        await api.run({ name: 'bash limited', ...draft('bash'), timeoutMs: 1000 }),
        await api.run({ name: 'node limited', ...draft('node'), timeoutMs: 1000 }),
        await api.run({
          name: 'by its own process',
          ...draft('bash'),
          timeoutMs: 1000,
          env: [{ key: 'A', value: '1' }],
        }),
      ];
      const canceled = await api.run({ name: 'canceled', ...draft('bash') });
      await eventually(async () => expect((await api.runOf(canceled)).status).toBe('running'));
      expect((await api.cancel(canceled)).status).toBe(202);
      await expectLife({ api, ...program });
      // One that nobody can kill is given up after 10 s and named.
      const left = kind === 'heeded' ? [] : [{ command: expect.any(String), ended: false }];
      for (const runId of limited)
        expect(await api.ended(runId)).toMatchObject({ status: 'timed_out', meta: { leftovers: left } });
      expect(await api.ended(canceled)).toMatchObject({ status: 'canceled' }); // it may not have come as far as the folder
      await expectLife({ api, ...program });

      const waiting = await api.run({ name: 'waiting', ...draft('bash') });
      await eventually(async () => expect((await api.runOf(waiting)).status).toBe('running'));
      expect(await program.stop()).toEqual({ code: 0, signal: null });
    },
    90_000,
  );

  it('holds up only the scripts of whoever has it as home', async () => {
    mount = await startHangingMount('heeded');
    const { api, ...program } = await start({ HOME: mount.folder });
    const bash = await api.run({ name: 'bash', script: 'true', defaultWorkingDirectory: '/', timeoutMs: 1000 });
    expect((await api.get('/healthz')).status).toBe(200);
    const node = { type: 'node', script: `console.log('on')`, defaultWorkingDirectory: '/' };
    for (const runner of ['host', 'vm2'])
      expect(await api.runToEnd({ name: runner, ...node, runner })).toMatchObject({ status: 'succeeded' });
    expect(await api.ended(bash)).toMatchObject({ status: 'timed_out' });
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  }, 60_000);
});
