import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryEventBus } from '../../../src/adapters/events/memory/memory-event-bus.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { fixedClock } from '../../../src/adapters/system/fixed-clock.js';
import type { Store } from '../../../src/application/ports/store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { openSecretBox, passingKeys } from '../../../src/composition/secrets.js';
import { readSettings } from '../../../src/composition/settings.js';
import { DomainError } from '../../../src/domain/errors.js';
import type { ScriptRun } from '../../../src/domain/run/script-run.js';
import { eventually } from '../../support/eventually.js';
import { always, answerLost, faultyStore, type FaultyStore, once } from '../../support/faulty-store.js';
import { decode, outputOf } from '../../support/run-log-reading.js';
import { exited, ScriptedRunner } from '../../support/scripted-runner.js';
import { ada, makeWorld as openWorld, type World } from '../../support/world.js';

const TOKEN = 'a-t0ken-for-tests';
const boom = (): Error => new Error('boom');
const gone = (): Error => new DomainError('store.unavailable', 'gone');

let world: World;
let store: FaultyStore;
const worlds: World[] = [];
afterEach(() => {
  for (const used of worlds.splice(0)) used.close();
});

const makeWorld = async (options: Parameters<typeof openWorld>[0] = {}): Promise<World> => {
  store = faultyStore(options.store ?? (await openMemoryStore()));
  world = await openWorld({ ...options, store });
  worlds.push(world);
  return world;
};

/** Scripts that print a line and exit 0 by themselves. */
const printing = (): ScriptedRunner => {
  const runner = new ScriptedRunner();
  const run = runner.run.bind(runner);
  runner.run = (job, watch) => {
    watch.started({ pid: 7, startTime: '1', bootId: 'b', cookie: 'c', cgroup: null });
    const outcome = run(job, watch);
    void watch.output('stdout', 'hello\n', 6);
    runner.runs.at(-1)?.end(exited(0));
    return outcome;
  };
  return runner;
};

const start = (scriptId: string, idempotencyKey?: string) =>
  world.container.resolve(TOKENS.runScript)({
    scriptId,
    trigger: 'api',
    origin: ada,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
const ended = (runId: string): Promise<ScriptRun> =>
  eventually(async () => {
    const run = await world.run(runId);
    if (!run.finishedAt) throw new Error(`the run is ${run.status}`);
    return run;
  });
const onlyRun = async (): Promise<string> => (await world.store.runs.list({ limit: 1 })).items[0]?.id ?? '';
const problems = () => world.container.resolve(TOKENS.problems).list();
const advance = (ms: number) => (world.clock as ReturnType<typeof fixedClock>).advance(ms);

/** What a viewer from the beginning is told, to the end of the stream. */
const followed = async (runId: string) => {
  const following = world.container.resolve(TOKENS.followRun);
  const stream = await following({ runId, after: 0, signal: new AbortController().signal });
  const events = [];
  for await (const batch of stream ?? []) events.push(...batch);
  return decode(events);
};

/** Each run has one end, told once and numbered without a gap, and the server takes new runs. */
const expectOneEnd = async (runId: string): Promise<ScriptRun> => {
  const run = await ended(runId);
  const events = await followed(runId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === 'done')).toMatchObject([{ status: run.status, reason: run.meta.reason }]);
  await eventually(() => expect([world.queue.running, world.queue.waiting]).toEqual([0, 0]));
  return run;
};

describe('an error before the script is started', () => {
  it.each(['revisions.find', 'scripts.isEnabled', 'runs.claim'])(
    'in %s ends the run as internal, with what happened; the next run is executed',
    async (operation) => {
      await makeWorld({ runner: printing(), settings: { MAX_CONCURRENT_RUNS: 1 } });
      const script = await world.createScript();
      store.break(operation, always(boom()));
      const { runId } = await start(script.id);
      expect(await expectOneEnd(runId)).toMatchObject({
        status: 'failed',
        exitCode: null,
        meta: { reason: 'internal', message: 'Runlet failed before the script was started: boom' },
      });
      expect(world.runner.runs).toEqual([]);
      expect(problems()).toEqual([]);
      store.restore(operation);
      expect(await expectOneEnd((await start(script.id)).runId)).toMatchObject({ status: 'succeeded' });
    },
  );

  it('whose claim was made, and the answer to it lost for good, ends it too', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.claim', answerLost(boom()));
    const { runId } = await start(script.id);
    const run = await expectOneEnd(runId);
    expect(run).toMatchObject({ status: 'failed', meta: { reason: 'internal' } });
    expect(run.startedAt).not.toBeNull();
    expect(world.runner.runs).toEqual([]);
  });

  it('in a claim of which only the answer was lost in an outage executes the run, once', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.claim', answerLost(gone()));
    const { runId } = await start(script.id);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
    expect(world.runner.runs).toHaveLength(1);
  });

  it('in the opening of its secrets ends it as internal', async () => {
    const box = openSecretBox(readSettings({}), passingKeys());
    await makeWorld({ runner: printing(), secretBox: { ...boundBox(box), open: () => Promise.reject(boom()) } });
    const script = await world.createScript({ env: [{ key: 'TOKEN', value: TOKEN, secret: true }] });
    const { runId } = await start(script.id);
    expect(await expectOneEnd(runId)).toMatchObject({
      status: 'failed',
      meta: { reason: 'internal', message: 'Runlet could not open the secrets of the script: boom' },
    });
    expect(outputOf(await followed(runId), 'system')).toContain('could not open the secrets of the script: boom');
    expect(world.runner.runs).toEqual([]);
  });

  const boundBox = (box: ReturnType<typeof openSecretBox>) => ({
    seal: box.seal.bind(box),
    knows: box.knows.bind(box),
    isCurrent: box.isCurrent.bind(box),
  });
});

describe('an error while the script runs', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error(`spawn TOKEN=${TOKEN}`))],
    [
      'throws',
      () => {
        throw new Error(`spawn TOKEN=${TOKEN}`);
      },
    ],
  ])('that its runner %s ends it as internal, without its secrets, and what it left is looked for', async (_, run) => {
    const runner = new ScriptedRunner();
    runner.run = run;
    const swept: unknown[] = [];
    const sweeper = {
      sweep: (_: unknown, token: string | null) => {
        swept.push(token);
        return Promise.resolve({ leftovers: [{ pid: 7, command: TOKEN, ended: true }], signalled: null });
      },
    };
    await makeWorld({ runner, sweeper });
    const script = await world.createScript({ env: [{ key: 'TOKEN', value: TOKEN, secret: true }] });
    const { runId } = await start(script.id);
    const end = await expectOneEnd(runId);
    expect(end).toMatchObject({
      status: 'failed',
      meta: {
        reason: 'internal',
        message: 'Runlet failed while the script ran: spawn TOKEN=***',
        leftovers: [{ pid: 7, command: '***', ended: true }],
      },
    });
    expect(swept).toEqual([end.claim.token]);
  });

  it('in what the runner calls back ends the script and the run, and reaches no pipe', async () => {
    const clock = fixedClock();
    await makeWorld({ clock });
    const { runId } = await world.startRun();
    const script = world.runner.runs[0];
    await script?.print('before\n');
    await advance(0);
    const time = clock.now();
    clock.now = () => {
      clock.now = () => time;
      throw boom();
    };
    expect(script?.print('broken\n')).toBeUndefined();
    expect(script?.watch.kill.aborted).toBe(true);
    expect(await expectOneEnd(runId)).toMatchObject({
      status: 'failed',
      meta: { reason: 'internal', message: 'Runlet failed while the script ran: boom' },
    });
    expect(outputOf(await followed(runId), 'stdout')).toBe('before\n');
  });

  it.each(['runs.recordProcess', 'runs.recordProgress'])('in %s changes nothing of its end', async (operation) => {
    await makeWorld({ clock: fixedClock() });
    store.break(operation, always(boom()));
    const { runId } = await world.startRun();
    world.runner.runs[0]?.watch.started({ pid: 7, startTime: '1', bootId: 'b', cookie: 'c', cgroup: null });
    await advance(3000);
    expect(store.calls(operation)).toBeGreaterThan(0);
    world.runner.runs[0]?.end();
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('stores which process runs it as soon as the store answers', async () => {
    await makeWorld({ clock: fixedClock() });
    store.break('runs.recordProcess', always(gone()));
    const { runId } = await world.startRun();
    world.runner.runs[0]?.watch.started({ pid: 7, startTime: '1', bootId: 'b', cookie: 'c', cgroup: null });
    await advance(3000);
    expect((await world.run(runId)).claim.process).toBeNull();
    store.restore('runs.recordProcess');
    await advance(500);
    expect((await world.run(runId)).claim.process).toMatchObject({ pid: 7 });
  });

  it.each([
    ['runLog.open', 'its log could not be opened: boom', ''],
    ['writer.append', 'its log could not be written: boom', ''],
    ['writer.close', 'its log could not be closed: boom', 'hello\n'],
  ])('in %s loses the log, not the run: it ends as log-lost', async (operation, message, kept) => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break(operation, always(boom()));
    const { runId } = await start(script.id);
    const run = await ended(runId);
    store.restore(operation);
    expect(run).toMatchObject({
      status: 'failed',
      exitCode: 0,
      outputTail: 'hello\n',
      meta: { reason: 'log-lost', message },
    });
    expect(outputOf(await followed(runId), 'stdout')).toBe(kept);
    await expectOneEnd(runId);
  });

  it('in telling those who listen changes nothing of it', async () => {
    const bus = new MemoryEventBus();
    await makeWorld({ bus, runner: printing() });
    const script = await world.createScript();
    bus.subscribeRuns(() => {
      throw boom();
    });
    bus.publish = () => {
      throw boom();
    };
    const { runId } = await start(script.id);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
  });
});

describe('an end that the store does not take', () => {
  it('for what is in it is stored as internal, with what it was', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.finishRunning', once(boom()));
    const { runId } = await start(script.id);
    expect(await expectOneEnd(runId)).toMatchObject({
      status: 'failed',
      exitCode: 0,
      meta: {
        reason: 'internal',
        message: 'how it ended (succeeded, exit code 0) could not be stored: boom',
        output: { bytes: 6 },
      },
    });
    expect(problems()).toEqual([]);
  });

  it('whatever it says is tried again until it is taken, and viewers are told only then; other runs go on', async () => {
    await makeWorld({ clock: fixedClock(), settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { runId, script } = await world.startRun();
    const told: string[] = [];
    world.bus.subscribe(runId, (events) => told.push(...events.map(({ type }) => type)));
    store.break('runs.finishRunning', always(boom()));
    world.runner.runs[0]?.end(exited(3));
    await eventually(() => expect(store.calls('runs.finishRunning')).toBe(2)); // the end, and what is left of it
    const next = await start(script.id);
    await eventually(() => expect(world.runner.runs).toHaveLength(2));
    world.runner.runs[1]?.end();
    await eventually(() => expect(problems()).toHaveLength(1));
    await eventually(() => {
      const [problem] = problems();
      expect(problem?.code).toBe('runs.end-not-stored');
      expect(problem?.message).toMatch(/^the ends of 2 runs could not be stored: boom; /);
    });
    expect((await world.run(runId)).status).toBe('running');
    expect(told).not.toContain('done');

    store.restore('runs.finishRunning');
    await advance(5000);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'failed', exitCode: 3, meta: { reason: 'exit-code' } });
    expect(await expectOneEnd(next.runId)).toMatchObject({ status: 'succeeded' });
    expect(told).toContain('done');
    expect(problems()).toEqual([]);
  });

  it('while it is away is stored when it is back, without a restart', async () => {
    await makeWorld({ clock: fixedClock() });
    const { runId } = await world.startRun();
    store.break('runs.finishRunning', always(gone()));
    world.runner.runs[0]?.end(exited(3));
    await eventually(() => expect(problems()).toMatchObject([{ code: 'runs.end-not-stored' }]));
    await advance(60_000);
    expect((await world.run(runId)).status).toBe('running');
    store.restore('runs.finishRunning');
    await advance(500);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(problems()).toEqual([]);
  });

  it('and was stored though the answer was lost is told once', async () => {
    await makeWorld({ clock: fixedClock() });
    const { runId } = await world.startRun();
    let done = 0;
    world.bus.subscribe(runId, (events) => (done += events.filter(({ type }) => type === 'done').length));
    store.break('runs.finishRunning', answerLost(gone()));
    world.runner.runs[0]?.end();
    await eventually(() => expect(problems()).toHaveLength(1));
    await advance(500);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
    expect(done).toBe(1);
  });

  it('keeps a stopping server waiting, and no longer than it may', async () => {
    await makeWorld({ clock: fixedClock() });
    const { runId } = await world.startRun();
    store.break('runs.finishRunning', always(boom()));
    world.runner.runs[0]?.end();
    await eventually(() => expect(problems()).toHaveLength(1));
    let isDrained = false;
    const drained = world.container
      .resolve(TOKENS.drainRuns)(1000)
      .then(() => (isDrained = true));
    await advance(10_000);
    expect(isDrained).toBe(false);
    world.abandon.abort(new Error('stopping'));
    await drained;
    expect((await world.run(runId)).status).toBe('running');
  });
});

describe('an error between the acceptance of a run and its place in the queue', () => {
  it('that may have stored it ends it before it starts, and the caller is told', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.insert', answerLost(boom()));
    await expect(start(script.id)).rejects.toThrow('boom');
    expect(await expectOneEnd(await onlyRun())).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect(world.runner.runs).toEqual([]);
    store.restore('runs.insert');
    expect(await expectOneEnd((await start(script.id)).runId)).toMatchObject({ status: 'succeeded' });
  });

  it('in the queue ends it as internal, and the caller is told', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    const admit = world.queue.admit.bind(world.queue);
    const put = (): never => {
      throw boom();
    };
    world.queue.admit = () => ({ put, release: () => undefined });
    await expect(start(script.id)).rejects.toThrow('boom');
    expect(await expectOneEnd(await onlyRun())).toMatchObject({
      status: 'failed',
      meta: { reason: 'internal', message: 'Runlet failed before the script was started: boom' },
    });
    expect(world.runner.runs).toEqual([]);
    world.queue.admit = admit;
    expect(await expectOneEnd((await start(script.id)).runId)).toMatchObject({ status: 'succeeded' });
  });

  it('in the beginning of its log does not matter: its execution begins it', async () => {
    await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun();
    store.break('runLog.open', once(boom()));
    const { runId } = await start(script.id);
    world.runner.runs[0]?.end();
    await eventually(() => expect(world.runner.runs).toHaveLength(2));
    world.runner.runs[1]?.end();
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('in noting that its key stands for it does not matter', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('keyedStarts.markAccepted', always(boom()));
    const { runId } = await start(script.id, 'k');
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
    expect(await start(script.id, 'k')).toEqual({ runId, replayed: true });
  });

  it.each([
    ['an outage', gone()],
    ['an unexpected error', boom()],
  ])('that was stored though %s was answered withdraws it, or takes it up where it has a key', async (_, error) => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.insert', answerLost(error));
    await expect(start(script.id)).rejects.toBe(error);
    expect(await expectOneEnd(await onlyRun())).toMatchObject({ status: 'canceled', startedAt: null });
    expect(world.runner.runs).toEqual([]);
    store.break('runs.insert', answerLost(error));
    await expect(start(script.id, 'k')).rejects.toBe(error);
    const { runId } = await start(script.id, 'k');
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'succeeded' });
    expect(world.runner.runs).toHaveLength(1);
  });

  it('takes up a run that was stored under a key, also when nobody asks again', async () => {
    await makeWorld({ runner: printing() });
    const script = await world.createScript();
    store.break('runs.insert', answerLost(gone()));
    await expect(start(script.id, 'k')).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(await expectOneEnd(await onlyRun())).toMatchObject({ status: 'succeeded' });
  });
});

describe('an error while a queued run is canceled', () => {
  it.each([
    ['that the store refuses its end', always(boom())],
    ['that the store does not answer for a moment', once(gone())],
  ])('%s does not start it: it ends as canceled at its turn', async (_, fault) => {
    await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script, runId: before } = await world.startRun();
    const { runId } = await start(script.id);
    store.break('runs.finishQueued', fault);
    await expect(world.container.resolve(TOKENS.cancelRun)({ runId, origin: ada })).rejects.toThrow();
    world.runner.runs[0]?.end();
    await ended(before);
    expect(await expectOneEnd(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect(world.runner.runs).toHaveLength(1);
  });

  it('in reading its log ends it as canceled all the same', async () => {
    await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun();
    const { runId } = await start(script.id);
    store.break('runLog.lastSeq', always(boom()));
    await world.container.resolve(TOKENS.cancelRun)({ runId, origin: ada });
    expect((await world.run(runId)).status).toBe('canceled');
  });
});

describe('a run that a page executes', () => {
  const startInPage = (scriptId: string) => world.container.resolve(TOKENS.startBrowserRun)({ scriptId, origin: ada });

  it.each(['runs.claim', 'revisions.find'])('ends as internal when %s fails', async (operation) => {
    await makeWorld();
    const script = await world.createScript({ type: 'browser', runner: 'browser' });
    store.break(operation, always(boom()));
    await startInPage(script.id);
    expect(await expectOneEnd(await onlyRun())).toMatchObject({ status: 'failed', meta: { reason: 'internal' } });
  });
});

describe('an error while the runs of the last start are taken up', () => {
  /** Runs of a server that is gone: two that ran, two that waited. */
  const leave = async (): Promise<{ inner: Store; running: string[]; queued: string[] }> => {
    const inner = await openMemoryStore();
    const before = await openWorld({ store: inner, settings: { MAX_CONCURRENT_RUNS: 2 } });
    worlds.push(before);
    const { runId, script } = await before.startRun();
    const starts = [];
    for (let n = 0; n < 3; n++) {
      starts.push(
        await before.container.resolve(TOKENS.runScript)({ scriptId: script.id, trigger: 'api', origin: ada }),
      );
    }
    await eventually(() => expect(before.runner.runs).toHaveLength(2));
    const [second, ...queued] = starts.map((each) => each.runId);
    return { inner, running: [runId, second ?? ''], queued };
  };
  const recover = () => world.container.resolve(TOKENS.recoverRuns)();

  it.each(['runLog.read', 'runLog.open', 'runLog.lastSeq'])('in %s keeps no run from its end', async (operation) => {
    const { inner, running } = await leave();
    await makeWorld({ store: inner, consumes: false });
    store.break(operation, always(boom()));
    await (
      await recover()
    ).interrupted;
    for (const id of running) {
      expect(await world.run(id)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    }
  });

  it('of one run keeps no other from its end, and it is tried again without a restart', async () => {
    const { inner, running, queued } = await leave();
    const [broken = '', other = ''] = running;
    const finishRunning = inner.runs.finishRunning.bind(inner.runs);
    let isBroken = true;
    inner.runs.finishRunning = async (id, ...rest) => {
      if (isBroken && id === broken) throw boom();
      return finishRunning(id, ...rest);
    };
    await makeWorld({ store: inner, clock: fixedClock(), runner: printing() });
    await (
      await recover()
    ).interrupted;
    expect((await world.run(other)).status).toBe('failed');
    expect((await world.run(broken)).status).toBe('running');
    expect(problems()).toMatchObject([{ code: 'runs.end-not-stored' }]);
    for (const id of queued) expect((await ended(id)).status).toBe('succeeded');
    isBroken = false;
    await advance(5000);
    expect(await expectOneEnd(broken)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    expect(problems()).toEqual([]);
  });

  it('in the search for what they left running does not keep them from their end', async () => {
    const { inner, running } = await leave();
    await makeWorld({ store: inner, consumes: false, sweeper: { sweep: () => Promise.reject(boom()) } });
    await (
      await recover()
    ).interrupted;
    for (const id of running) expect((await world.run(id)).status).toBe('failed');
  });

  it.each([
    ['runs.activeOf', gone()],
    ['runs.activeOf', boom()],
    ['runs.unsweptOf', boom()],
    ['audit.append', gone()],
  ])('in %s is a problem that is tried again; until then nothing is executed', async (operation, error) => {
    const { inner, running, queued } = await leave();
    await makeWorld({ store: inner, consumes: false, clock: fixedClock(), runner: printing() });
    store.break(operation, always(error));
    const { taken, interrupted } = await recover();
    void taken.then(() => world.consume());
    expect(problems()).toMatchObject([{ code: 'recovery.pending', message: expect.stringContaining(error.message) }]);
    await advance(10_000);
    expect(store.calls(operation)).toBeGreaterThan(5);
    expect(world.runner.runs).toEqual([]);
    for (const id of running) expect((await world.run(id)).status).toBe('running');
    const { scriptId } = await world.run(running[0] ?? '');
    await expect(start(scriptId)).rejects.toMatchObject({ code: 'store.unavailable' });

    store.restore(operation);
    await advance(1000);
    await interrupted;
    expect(problems()).toEqual([]);
    for (const id of running) expect(await expectOneEnd(id)).toMatchObject({ meta: { reason: 'interrupted' } });
    for (const id of queued) expect(await expectOneEnd(id)).toMatchObject({ status: 'succeeded' });
    expect(world.runner.runs.map(({ job }) => job.runId)).toEqual(queued);
  });

  it('that refuses the audit event of a waiting run ends it as internal; the others run', async () => {
    const { inner, queued } = await leave();
    const append = inner.audit.append.bind(inner.audit);
    inner.audit.append = async (event) => {
      if (event.runId === queued[0]) throw boom();
      await append(event);
    };
    await makeWorld({ store: inner, runner: printing() });
    await (
      await recover()
    ).interrupted;
    expect(await ended(queued[0] ?? '')).toMatchObject({ status: 'failed', meta: { reason: 'internal' } });
    expect(await ended(queued[1] ?? '')).toMatchObject({ status: 'succeeded' });
  });

  it('does not keep a server from stopping', async () => {
    const { inner } = await leave();
    await makeWorld({ store: inner, consumes: false, clock: fixedClock() });
    store.break('runs.activeOf', always(gone()));
    const { taken, interrupted } = await recover();
    world.abandon.abort(new Error('stopping'));
    await expect(taken).rejects.toThrow('stopping');
    await expect(interrupted).rejects.toThrow('stopping');
  });
});
