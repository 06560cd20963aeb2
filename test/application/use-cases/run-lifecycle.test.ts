import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../src/adapters/system/system-clock.js';
import { fixedClock } from '../../../src/adapters/system/fixed-clock.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { DomainError } from '../../../src/domain/errors.js';
import type { ScriptRun } from '../../../src/domain/run/script-run.js';
import { allOf } from '../../support/all-of.js';
import { eventually } from '../../support/eventually.js';
import { anAuditEvent, aRun } from '../../contracts/samples.js';
import { decode, outputOf } from '../../support/run-log-reading.js';
import { exited, ScriptedRunner } from '../../support/scripted-runner.js';
import { ada, makeWorld as openWorld, type World } from '../../support/world.js';

let world: World;
const worlds: World[] = [];
afterEach(() => {
  for (const used of worlds.splice(0)) used.close();
});
const makeWorld = async (options?: Parameters<typeof openWorld>[0]) => {
  const made = await openWorld(options);
  worlds.push(made);
  return made;
};

const start = (scriptId: string) =>
  world.container.resolve(TOKENS.runScript)({ scriptId, trigger: 'api', origin: ada });
const cancel = (runId: string) => world.container.resolve(TOKENS.cancelRun)({ runId, origin: ada });
const ended = (runId: string) =>
  eventually(async () => {
    const run = await world.run(runId);
    expect(run.finishedAt).not.toBeNull();
    return run;
  });
const eventsOf = async (runId: string) =>
  decode(await allOf(await world.container.resolve(TOKENS.readEvents)({ runId, limit: 1000, range: { since: 0 } })));
const auditOf = async () => (await world.store.audit.list({ limit: 100 })).items;

/** The methods of an adapter as functions, so that one of them can be replaced. */
const bound = <T extends object>(adapter: T): T =>
  new Proxy({} as T, {
    ownKeys: () => Object.getOwnPropertyNames(Object.getPrototypeOf(adapter)).filter((name) => name !== 'constructor'),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => (adapter[name as keyof T] as (...args: unknown[]) => unknown).bind(adapter),
  });

describe('a run from start to end', () => {
  it('executes the revision it was started with, records each step and ends once', async () => {
    world = await makeWorld();
    const { runId, script } = await world.startRun({ script: 'echo hi', env: [{ key: 'A', value: '1' }] });
    const [running] = world.runner.runs;
    expect(running?.job).toEqual({
      runId,
      token: expect.any(String),
      script: 'echo hi',
      env: [{ key: 'A', value: '1' }],
      workingDirectory: '',
    });
    void running?.print('hi\n');
    running?.end();
    const run = await ended(runId);
    expect(run).toMatchObject({
      status: 'succeeded',
      trigger: 'api',
      exitCode: 0,
      outputTail: 'hi\n',
      meta: {
        actor: ada.actor,
        address: ada.address,
        reason: null,
        output: { bytes: 3, lines: 1, droppedBytes: 0 },
        lastSeq: 3,
        script: { name: 'Rotate', codeIdentifier: 'rotate', type: 'bash', runner: 'host', revision: 1 },
      },
    });
    const events = await eventsOf(runId);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(events.map((event) => (event.type === 'log' ? event.line : event.status))).toEqual([
      'queued',
      'running',
      'hi\n',
      'succeeded',
      'succeeded',
    ]);
    expect((await auditOf()).map(({ action, outcome, runId }) => [action, outcome, runId])).toEqual([
      ['scripts.run', 'success', runId],
      ['scripts.create', 'success', null],
    ]);
    expect((await auditOf())[0]?.entity).toEqual({ type: 'script', id: script.id, name: 'Rotate' });
  });

  it('runs what was started though the script was edited before its turn', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun({ script: 'one' });
    const { runId } = await start(script.id);
    await world.container.resolve(TOKENS.updateScript)({ id: script.id, changes: { script: 'two' }, origin: ada });
    world.runner.runs[0]?.end();
    await eventually(() => expect(world.runner.runs.length).toBe(2));
    expect(world.runner.runs[1]?.job.script).toBe('one');
    expect((await world.run(runId)).meta.script.revision).toBe(1);
    world.runner.runs[1]?.end();
    await ended(runId);
  });

  it.each([
    ['disabled', { enabled: false }, 'script.disabled', 'denied'],
    ['browser', { type: 'browser' as const }, 'script.not-server-side', 'denied'],
  ])('refuses a %s script, stores no run, and the trail has the refusal', async (_, draft, code, outcome) => {
    world = await makeWorld();
    const script = await world.createScript(draft);
    await expect(start(script.id)).rejects.toMatchObject({ code });
    expect((await world.store.runs.list({ limit: 10 })).items).toEqual([]);
    expect((await auditOf())[0]).toMatchObject({
      action: 'scripts.run',
      outcome,
      code,
      entity: { id: script.id, name: 'Rotate' },
    });
  });

  it('refuses an unknown script, a full queue and a stopping server', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1, MAX_QUEUED_RUNS: 1 } });
    await expect(start('65f0000000000000000000ff')).rejects.toMatchObject({ code: 'script.not-found' });
    const { script } = await world.startRun();
    await start(script.id);
    await expect(start(script.id)).rejects.toMatchObject({ code: 'queue.full' });
    world.stopping.abort();
    await expect(start(script.id)).rejects.toMatchObject({ code: 'server.stopping' });
    expect((await world.store.runs.list({ limit: 10 })).items.length).toBe(2);
    expect((await auditOf()).filter(({ outcome }) => outcome === 'failure').map(({ code }) => code)).toEqual([
      'server.stopping',
      'queue.full',
      'script.not-found',
    ]);
  });

  it('accepts as many runs as there is room for, however many are asked for at once', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 2, MAX_QUEUED_RUNS: 5 } });
    const script = await world.createScript();
    const startMany = async (count: number): Promise<readonly unknown[]> => {
      const answers = await Promise.allSettled(Array.from({ length: count }, () => start(script.id)));
      return answers.map((answer) =>
        answer.status === 'fulfilled' ? 'accepted' : (answer.reason as DomainError).code,
      );
    };
    const count = (answers: readonly unknown[], wanted: string) => answers.filter((answer) => answer === wanted).length;
    const first = await startMany(300);
    expect([count(first, 'accepted'), count(first, 'queue.full')]).toEqual([7, 293]);
    await eventually(() => expect(world.runner.runs).toHaveLength(2));
    world.runner.runs[0]?.end();
    await eventually(() => expect(world.queue.waiting).toBe(4));
    expect(count(await startMany(50), 'accepted')).toBe(1);
    expect((await world.store.runs.list({ limit: 100 })).items).toHaveLength(8);
  });

  it('gives the place of a start that fails to the next', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store, settings: { MAX_CONCURRENT_RUNS: 1, MAX_QUEUED_RUNS: 0 } });
    const script = await world.createScript();
    for (const [repository, method] of [
      [store.revisions, 'saveOnce'],
      [store.runs, 'insert'],
    ] as const) {
      const refusing = jest
        .spyOn(repository as unknown as Record<string, () => Promise<void>>, method)
        .mockRejectedValueOnce(new DomainError('store.unavailable', 'gone'));
      await expect(start(script.id)).rejects.toMatchObject({ code: 'store.unavailable' });
      refusing.mockRestore();
    }
    const { runId } = await start(script.id);
    await expect(start(script.id)).rejects.toMatchObject({ code: 'queue.full' });
    await eventually(() => expect(world.runner.runs.map(({ job }) => job.runId)).toEqual([runId]));
  });

  it('times out, whatever the exit code, and shows that it is being ended', async () => {
    const clock = fixedClock();
    world = await makeWorld({ clock, runner: new ScriptedRunner({ stubborn: true }) });
    const { runId } = await world.startRun({ timeoutMs: 1000 });
    await clock.advance(1000);
    world.runner.runs[0]?.end(exited(0));
    const run = await ended(runId);
    expect(run).toMatchObject({ status: 'timed_out', exitCode: 0, meta: { reason: 'timeout', timeoutMs: 1000 } });
    expect((await eventsOf(runId)).filter(({ type }) => type === 'status')).toMatchObject([
      { status: 'queued' },
      { status: 'running' },
      { status: 'running', phase: 'terminating' },
      { status: 'timed_out', reason: 'timeout', exitCode: 0 },
    ]);
  });

  it('says what could not be started, in the log and in the run', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    world.runner.runs[0]?.end({
      kind: 'not-started',
      reason: 'cwd-missing',
      message: 'the working directory /nowhere does not exist',
    });
    expect(await ended(runId)).toMatchObject({
      status: 'failed',
      exitCode: null,
      meta: { reason: 'cwd-missing', message: 'the working directory /nowhere does not exist' },
    });
    expect(outputOf(await eventsOf(runId), 'system')).toBe('[runlet] the working directory /nowhere does not exist\n');
  });

  it('keeps the order of the queue and never more at once than allowed', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 2 } });
    const { script, runId } = await world.startRun();
    const ids = [runId];
    for (let i = 1; i < 10; i++) ids.push((await start(script.id)).runId);
    for (let i = 0; i < 10; i++) {
      await eventually(() => expect(world.runner.runs.length).toBe(Math.min(i + 2, 10)));
      world.runner.runs[i]?.end();
    }
    for (const id of ids) expect((await ended(id)).status).toBe('succeeded');
    expect(world.runner.runs.map(({ job }) => job.runId)).toEqual(ids);
  });
});

describe('a store that fails between the steps of accepting a run', () => {
  it('does not lose the run: it is executed, and the trail has it once the store is back', async () => {
    const store = await openMemoryStore();
    let up = true;
    const gone = () => Promise.reject(new DomainError('store.unavailable', 'gone'));
    world = await makeWorld({
      store: {
        ...store,
        audit: { ...bound(store.audit), append: (event) => (up ? store.audit.append(event) : gone()) },
        runLog: { ...bound(store.runLog), open: (id) => (up ? store.runLog.open(id) : gone()) },
      },
    });
    const script = await world.createScript();
    up = false;
    const { runId } = await start(script.id);
    up = true;
    await eventually(() => expect(world.runner.runs.length).toBe(1));
    world.runner.runs[0]?.end();
    expect((await ended(runId)).status).toBe('succeeded');
    expect((await eventsOf(runId)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await eventually(async () => expect((await auditOf()).filter((event) => event.runId === runId).length).toBe(1));
  });
});

describe('a store that keeps a run but does not say so', () => {
  const losing = async (keepAfter: Promise<void>) => {
    const store = await openMemoryStore();
    const insert = async (run: ScriptRun) => {
      void keepAfter.then(() => store.runs.insert(run, anAuditEvent()));
      throw new DomainError('store.unavailable', 'gone');
    };
    const clock = fixedClock();
    world = await makeWorld({ clock, store: { ...store, runs: { ...bound(store.runs), insert } } });
    const script = await world.createScript();
    await expect(start(script.id)).rejects.toMatchObject({ code: 'store.unavailable' });
    return { clock, runs: async () => (await store.runs.list({ limit: 5 })).items };
  };

  it('leaves none that would be executed after a restart', async () => {
    const { runs } = await losing(Promise.resolve());
    await eventually(async () => {
      expect(await runs()).toMatchObject([
        { status: 'canceled', meta: { message: 'the store did not answer when it was accepted' } },
      ]);
    });
    expect(world.runner.runs).toEqual([]);
  });

  it('nor when it comes to keep it a little later', async () => {
    let comes = (): void => undefined;
    const { clock, runs } = await losing(new Promise((resolve) => (comes = resolve)));
    await clock.advance(2000);
    comes();
    await eventually(async () => expect(await runs()).toMatchObject([{ status: 'queued' }]));
    await clock.advance(3000);
    await eventually(async () => expect(await runs()).toMatchObject([{ status: 'canceled' }]));
  });
});

describe('cancel', () => {
  it('ends a queued run at once; its script never starts', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun();
    const { runId } = await start(script.id);
    expect(await cancel(runId)).toMatchObject({ run: { status: 'canceled', startedAt: null }, alreadyCanceled: false });
    world.runner.runs[0]?.end();
    await eventually(() => expect(world.queue.waiting).toBe(0));
    expect(world.runner.runs.length).toBe(1);
    expect((await eventsOf(runId)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'status'],
      [2, 'status'],
      [3, 'done'],
    ]);
  });

  it('is written before it is told; asked again, it kills; afterwards there is nothing left to do', async () => {
    world = await makeWorld({ runner: new ScriptedRunner({ stubborn: true }) });
    const { runId } = await world.startRun();
    const { run } = await cancel(runId);
    expect(run).toMatchObject({ status: 'running', meta: { cancel: { by: ada.actor } } });
    expect(world.runner.runs[0]?.watch).toMatchObject({ terminate: { aborted: true }, kill: { aborted: false } });
    await cancel(runId);
    expect(world.runner.runs[0]?.watch.kill.aborted).toBe(true);
    expect(await ended(runId)).toMatchObject({
      status: 'canceled',
      exitCode: null,
      meta: { reason: 'canceled', signal: 'SIGKILL' },
    });
    expect(await cancel(runId)).toMatchObject({ alreadyCanceled: true });
    expect((await auditOf()).filter(({ action }) => action === 'scripts.cancel').length).toBe(3);
  });

  it('refuses a run that has ended otherwise, with the run', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    world.runner.runs[0]?.end();
    await ended(runId);
    const refusal = await cancel(runId).catch((error: unknown) => error as DomainError);
    expect(refusal).toMatchObject({ code: 'run.ended', present: { id: runId, status: 'succeeded' } });
  });

  it('reaches a run of another server through the store', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store, serverId: 'server-1' });
    const other = await makeWorld({ store, serverId: 'server-2' });
    const { runId } = await world.startRun();
    await other.container.resolve(TOKENS.cancelRun)({ runId, origin: ada });
    expect(await ended(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
  });

  it('racing the exit 200 times leaves exactly one end each', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1000 } });
    const { script, runId } = await world.startRun();
    const ids = [runId];
    while (ids.length < 200) ids.push((await start(script.id)).runId);
    await eventually(() => expect(world.runner.runs.length).toBe(200));
    await Promise.all(
      ids.map((id, i) => {
        world.runner.runs[i]?.end();
        return cancel(id).catch(() => null); // it may have ended before
      }),
    );
    for (const id of ids) {
      const run = await ended(id);
      expect(['succeeded', 'canceled']).toContain(run.status);
      expect((await eventsOf(id)).filter(({ type }) => type === 'done').length).toBe(1);
    }
  });
});

describe('disabling and deleting a script', () => {
  it('ends its queued runs as script-disabled and leaves the running one', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script, runId } = await world.startRun();
    const waiting = await start(script.id);
    await world.container.resolve(TOKENS.updateScript)({ id: script.id, changes: { enabled: false }, origin: ada });
    expect(await ended(waiting.runId)).toMatchObject({
      status: 'canceled',
      startedAt: null,
      meta: { reason: 'script-disabled' },
    });
    expect((await world.run(runId)).status).toBe('running');
    world.runner.runs[0]?.end();
    expect((await ended(runId)).status).toBe('succeeded');
  });

  it('refuses to delete a script whose runs have not ended; afterwards its runs stay readable', async () => {
    world = await makeWorld();
    const { script, runId } = await world.startRun();
    const remove = () => world.container.resolve(TOKENS.deleteScript)({ id: script.id, origin: ada });
    await expect(remove()).rejects.toMatchObject({ code: 'script.in-use' });
    world.runner.runs[0]?.end();
    await ended(runId);
    await remove();
    expect(await world.store.scripts.find(script.id)).toBeNull();
    expect(await world.store.revisions.find(script.id, 1)).toBeNull();
    expect((await world.run(runId)).meta.script.name).toBe('Rotate');
  });
});

describe('a restart', () => {
  it('ends a run that a page was to run, and has none begin for it', async () => {
    const store = await openMemoryStore();
    const before = await makeWorld({ store });
    const script = await before.createScript({ type: 'browser', runner: 'browser' });
    const claim = { owner: 'server-1', token: null, process: null };
    const run = aRun({ scriptId: script.id, claim, meta: { reportedBy: 'page' } });
    await store.runs.insert(run, anAuditEvent());
    world = await makeWorld({ store });
    await (
      await world.container.resolve(TOKENS.recoverRuns)()
    ).interrupted;
    expect(await world.run(run.id)).toMatchObject({
      status: 'failed',
      startedAt: null,
      meta: { reason: 'interrupted' },
    });
    expect(world.runner.runs).toEqual([]);
  });

  it('ends what ran as interrupted with its output, queues again what was queued, and leaves other servers alone', async () => {
    const store = await openMemoryStore();
    const before = await makeWorld({ store, settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script, runId } = await before.startRun();
    const queued = await before.container.resolve(TOKENS.runScript)({
      scriptId: script.id,
      trigger: 'api',
      origin: ada,
    });
    await before.runner.runs[0]?.print('so far\n');
    await eventually(async () => expect(await store.runLog.lastSeq(runId)).toBe(3));
    const elsewhere = await makeWorld({ store, serverId: 'server-2' });
    const other = await elsewhere.startRun({ name: 'Other' });

    world = await makeWorld({ store });
    const { interrupted } = await world.container.resolve(TOKENS.recoverRuns)();
    await interrupted;
    expect(await world.run(runId)).toMatchObject({
      status: 'failed',
      outputTail: 'so far\n',
      meta: { reason: 'interrupted', output: { bytes: 7, lines: 1 }, lastSeq: 3 },
    });
    await eventually(() => expect(world.runner.runs.length).toBe(1));
    expect(world.runner.runs[0]?.job.runId).toBe(queued.runId);
    world.runner.runs[0]?.end();
    expect((await ended(queued.runId)).status).toBe('succeeded');
    expect((await world.run(other.runId)).status).toBe('running');

    before.runner.runs[0]?.end(); // the dead server's late word changes nothing
    await new Promise((resolve) => setImmediate(resolve));
    expect((await world.run(runId)).status).toBe('failed');
  });

  it('leaves a canceled run canceled, and mends the audit trail', async () => {
    const store = await openMemoryStore();
    const before = await makeWorld({ store, runner: new ScriptedRunner({ stubborn: true }) });
    const { runId } = await before.startRun();
    await before.container.resolve(TOKENS.cancelRun)({ runId, origin: ada });
    world = await makeWorld({ store });
    await (
      await world.container.resolve(TOKENS.recoverRuns)()
    ).interrupted;
    expect(await world.run(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect((await auditOf()).filter((event) => event.action === 'scripts.run').length).toBe(1);
  });
});

describe('stopping', () => {
  it('lets runs end within the grace, then ends them as canceled, shutdown; queued ones stay queued', async () => {
    const clock = fixedClock();
    world = await makeWorld({ clock, settings: { MAX_CONCURRENT_RUNS: 2 } });
    const { script, runId } = await world.startRun();
    const second = await start(script.id);
    const third = await start(script.id);
    await eventually(() => expect(world.runner.runs.length).toBe(2));
    const drained = world.container.resolve(TOKENS.drainRuns)(5000);
    world.runner.runs[0]?.end();
    await clock.advance(5000);
    await drained;
    expect((await world.run(runId)).status).toBe('succeeded');
    expect(await world.run(second.runId)).toMatchObject({ status: 'canceled', meta: { reason: 'shutdown' } });
    expect((await world.run(third.runId)).status).toBe('queued');
    expect(world.runner.runs.length).toBe(2);
  });

  it('does not wait when nothing runs', async () => {
    world = await makeWorld({ clock: systemClock });
    await world.container.resolve(TOKENS.drainRuns)(60_000);
    expect(world.queue.waiting).toBe(0);
  });
});
