import type { DependencyContainer } from 'tsyringe';
import { MemoryEventBus } from '../../src/adapters/events/memory/memory-event-bus.js';
import { openMemoryStore } from '../../src/adapters/persistence/memory/memory-store.js';
import { MemoryRunQueue } from '../../src/adapters/queue/memory/memory-run-queue.js';
import { PageRunner } from '../../src/adapters/runners/page/page-runner.js';
import { objectIds } from '../../src/adapters/system/object-ids.js';
import { systemClock } from '../../src/adapters/system/system-clock.js';
import { NO_PREDECESSORS, type Predecessors } from '../../src/application/held-queue.js';
import type { Clock } from '../../src/application/ports/clock.js';
import type { ProcessSweeper } from '../../src/application/ports/process-sweeper.js';
import type { Log } from '../../src/application/ports/log.js';
import type { SecretBox } from '../../src/application/ports/secret-box.js';
import type { Store } from '../../src/application/ports/store.js';
import { compose, TOKENS } from '../../src/composition/container.js';
import { openSecretBox, passingKeys } from '../../src/composition/secrets.js';
import { readSettings, type SettingsInput } from '../../src/composition/settings.js';
import type { Origin } from '../../src/domain/actor.js';
import type { ScriptRun } from '../../src/domain/run/script-run.js';
import type { GivenEnvEntry } from '../../src/domain/script/env-entry.js';
import type { Script, ScriptFields } from '../../src/domain/script/script.js';
import { ScriptedRunner } from './scripted-runner.js';

export const ada: Origin = { actor: { type: 'admin', name: 'ada' }, address: '192.0.2.1', userAgent: 'test' };

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Draft = Partial<ScriptFields<GivenEnvEntry>>;

/** The use cases over memory adapters and scripts that do what the test says; queued runs are executed. */
export interface World {
  readonly container: DependencyContainer;
  readonly store: Store;
  readonly bus: MemoryEventBus;
  readonly queue: MemoryRunQueue;
  readonly runner: ScriptedRunner;
  readonly clock: Clock;
  readonly stopping: AbortController;
  readonly abandon: AbortController;
  /** Lets queued runs be executed; done already unless the world was made otherwise. */
  consume(): void;
  createScript(draft?: Draft): Promise<Script>;
  /** Starts a run of a new script and waits until the script has begun. */
  startRun(draft?: Draft): Promise<{ runId: string; script: Script }>;
  run(runId: string): Promise<ScriptRun>;
  /** Ends what still runs, so that nothing outlives the test. */
  close(): void;
}

interface Options {
  clock?: Clock;
  store?: Store;
  settings?: SettingsInput;
  runner?: ScriptedRunner;
  serverId?: string;
  log?: Log;
  predecessors?: Predecessors;
  sweeper?: Partial<ProcessSweeper>;
  secretBox?: SecretBox;
  bus?: MemoryEventBus;
  /** False: the queue hands nothing out until the test says so. */
  consumes?: boolean;
}

export const makeWorld = async (options: Options = {}): Promise<World> => {
  const settings = readSettings({ ...options.settings });
  const store = options.store ?? (await openMemoryStore());
  const clock = options.clock ?? systemClock;
  const bus = options.bus ?? new MemoryEventBus();
  const queue = new MemoryRunQueue(settings.MAX_CONCURRENT_RUNS, settings.MAX_QUEUED_RUNS);
  const pageQueue = new MemoryRunQueue(Infinity);
  const pages = new PageRunner(clock);
  const runner = options.runner ?? new ScriptedRunner();
  const stopping = new AbortController();
  const abandon = new AbortController();
  const container = compose({
    settings,
    store,
    secretBox: options.secretBox ?? openSecretBox(settings, passingKeys()),
    clock,
    bus,
    queue,
    pageQueue,
    pages,
    serverId: options.serverId ?? 'server-1',
    predecessors: options.predecessors ?? NO_PREDECESSORS,
    forgetPredecessors: () => undefined,
    ids: objectIds(),
    log: options.log ?? silentLog,
    sweeper: {
      sweep: () => Promise.resolve({ leftovers: [], signalled: null }),
      reach: () => Promise.resolve('out-of-reach'),
      ...options.sweeper,
    },
    runnerFor: (script) => (script.runner === 'browser' ? pages : runner),
    stopping: stopping.signal,
    abandon: abandon.signal,
  });
  const consume = (): void => {
    for (const each of [queue, pageQueue]) each.consume(container.resolve(TOKENS.executeRun));
  };
  if (options.consumes !== false) consume();
  const createScript = (draft: Draft = {}): Promise<Script> =>
    container.resolve(TOKENS.createScript)({
      draft: { name: 'Rotate', type: 'bash', script: 'true', ...draft },
      origin: ada,
    });
  return {
    container,
    store,
    bus,
    queue,
    runner,
    clock,
    stopping,
    abandon,
    consume,
    createScript,
    async startRun(draft) {
      const script = await createScript(draft);
      const before = runner.runs.length;
      const { runId } = await container.resolve(TOKENS.runScript)({ scriptId: script.id, trigger: 'api', origin: ada });
      while (runner.runs.length === before) await new Promise((resolve) => setImmediate(resolve));
      return { runId, script };
    },
    async run(runId) {
      return container.resolve(TOKENS.getRun)(runId);
    },
    close() {
      runner.endAll();
      void pages.close();
      abandon.abort(new Error('the test is over'));
    },
  };
};
