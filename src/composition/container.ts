import { setImmediate as nextTurn } from 'node:timers/promises';
import 'reflect-metadata';
import { container as root, instanceCachingFactory, type DependencyContainer, type InjectionToken } from 'tsyringe';
import { type AuditTrail, makeAuditTrail } from '../application/audit-trail.js';
import { type EndQueuedRun, makeEndQueuedRun } from '../application/end-queued-run.js';
import { HeldQueue, type Predecessors } from '../application/held-queue.js';
import { KeyedStarts } from '../application/keyed-starts.js';
import { Problems } from '../application/problems.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventBus } from '../application/ports/event-bus.js';
import type { Ids } from '../application/ports/ids.js';
import type { Log } from '../application/ports/log.js';
import type { PageReports } from '../application/ports/page-reports.js';
import type { ProcessSweeper } from '../application/ports/process-sweeper.js';
import type { RunQueue } from '../application/ports/run-queue.js';
import type { ScriptRunner } from '../application/ports/script-runner.js';
import type { SecretBox } from '../application/ports/secret-box.js';
import type { Store } from '../application/ports/store.js';
import { refuseWhileLost } from '../application/refuse-while-lost.js';
import { rememberRevisions } from '../application/remembered-revisions.js';
import { RunEndings } from '../application/run-endings.js';
import { RunEnds } from '../application/run-ends.js';
import { makeSettleStart, type SettleStart } from '../application/settle-start.js';
import { unfailingBus } from '../application/unfailing-bus.js';
import { type CancelRun, makeCancelRun } from '../application/use-cases/cancel-run.js';
import { type CreateScript, makeCreateScript } from '../application/use-cases/create-script.js';
import { type DecideHeldQueue, makeDecideHeldQueue } from '../application/use-cases/decide-held-queue.js';
import { type DeleteScript, makeDeleteScript } from '../application/use-cases/delete-script.js';
import { type DrainRuns, makeDrainRuns } from '../application/use-cases/drain-runs.js';
import { type EndAbandonedRuns, makeEndAbandonedRuns } from '../application/use-cases/end-abandoned-runs.js';
import { type EndLeftovers, makeEndLeftovers } from '../application/use-cases/end-leftovers.js';
import { type ExecuteRun, makeExecuteRun } from '../application/use-cases/execute-run.js';
import { type FollowRun, makeFollowRun } from '../application/use-cases/follow-run.js';
import { type FindRun, type GetRun, makeFindRun, makeGetRun } from '../application/use-cases/get-run.js';
import { type GetScript, makeGetScript } from '../application/use-cases/get-script.js';
import { type ListAudit, makeListAudit } from '../application/use-cases/list-audit.js';
import {
  type ListRuns,
  makeListRuns,
  makeSummarizeRuns,
  type SummarizeRuns,
} from '../application/use-cases/list-runs.js';
import {
  type ListScripts,
  makeListScripts,
  makeSummarizeScript,
  makeSummarizeScripts,
  type SummarizeScript,
  type SummarizeScripts,
} from '../application/use-cases/list-scripts.js';
import { makeOutlineOutput, type OutlineOutput } from '../application/use-cases/outline-output.js';
import { makeReadEvents, type ReadEvents } from '../application/use-cases/read-events.js';
import { makeReadOutput, type ReadOutput } from '../application/use-cases/read-output.js';
import { makeRecoverRuns, type RecoverRuns } from '../application/use-cases/recover-runs.js';
import { makeReportRun, type ReportRun } from '../application/use-cases/report-run.js';
import { makeRunScript, type RunScript } from '../application/use-cases/run-script.js';
import { makeSearchOutput, type SearchOutput } from '../application/use-cases/search-output.js';
import { makeShowRun, type ShowRun } from '../application/use-cases/show-run.js';
import { makeStartBrowserRun, type StartBrowserRun } from '../application/use-cases/start-browser-run.js';
import { makeTrimHistory, type TrimHistory } from '../application/use-cases/trim-history.js';
import { makeUpdateScript, type UpdateScript } from '../application/use-cases/update-script.js';
import { makeWatchRuns, type WatchRuns } from '../application/use-cases/watch-runs.js';
import { makeWatchStore, type WatchStore } from '../application/use-cases/watch-store.js';
import type { Script } from '../domain/script/script.js';
import type { Settings } from './settings.js';

/** What has to be opened or chosen before anything can be composed. */
export interface Outside {
  readonly settings: Settings;
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly serverId: string;
  readonly predecessors: Predecessors;
  /** Nothing of the predecessors is left. */
  readonly forgetPredecessors: () => void;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly bus: EventBus;
  readonly queue: RunQueue;
  /** Of the runs that pages execute: they wait for nothing, and nothing waits for them. */
  readonly pageQueue: RunQueue;
  readonly pages: PageReports;
  readonly sweeper: ProcessSweeper;
  readonly runnerFor: (script: Pick<Script, 'type' | 'runner'>) => ScriptRunner;
  /** Aborted: no new runs. */
  readonly stopping: AbortSignal;
  /** Aborted: stop waiting for a store that does not answer. */
  readonly abandon: AbortSignal;
}

const token = <T>(name: string): InjectionToken<T> => Symbol(name);

export const TOKENS = {
  problems: token<Problems>('problems'),
  trail: token<AuditTrail>('trail'),
  keyedStarts: token<KeyedStarts>('keyedStarts'),
  endings: token<RunEndings>('endings'),
  ends: token<RunEnds>('ends'),
  endQueuedRun: token<EndQueuedRun>('endQueuedRun'),
  heldQueue: token<HeldQueue>('heldQueue'),
  decideHeldQueue: token<DecideHeldQueue>('decideHeldQueue'),
  settleStart: token<SettleStart>('settleStart'),
  createScript: token<CreateScript>('createScript'),
  updateScript: token<UpdateScript>('updateScript'),
  deleteScript: token<DeleteScript>('deleteScript'),
  getScript: token<GetScript>('getScript'),
  listScripts: token<ListScripts>('listScripts'),
  summarizeScripts: token<SummarizeScripts>('summarizeScripts'),
  summarizeScript: token<SummarizeScript>('summarizeScript'),
  runScript: token<RunScript>('runScript'),
  startBrowserRun: token<StartBrowserRun>('startBrowserRun'),
  reportRun: token<ReportRun>('reportRun'),
  executeRun: token<ExecuteRun>('executeRun'),
  cancelRun: token<CancelRun>('cancelRun'),
  endLeftovers: token<EndLeftovers>('endLeftovers'),
  findRun: token<FindRun>('findRun'),
  getRun: token<GetRun>('getRun'),
  showRun: token<ShowRun>('showRun'),
  listRuns: token<ListRuns>('listRuns'),
  summarizeRuns: token<SummarizeRuns>('summarizeRuns'),
  followRun: token<FollowRun>('followRun'),
  watchRuns: token<WatchRuns>('watchRuns'),
  watchStore: token<WatchStore>('watchStore'),
  readEvents: token<ReadEvents>('readEvents'),
  outlineOutput: token<OutlineOutput>('outlineOutput'),
  readOutput: token<ReadOutput>('readOutput'),
  searchOutput: token<SearchOutput>('searchOutput'),
  recoverRuns: token<RecoverRuns>('recoverRuns'),
  endAbandonedRuns: token<EndAbandonedRuns>('endAbandonedRuns'),
  drainRuns: token<DrainRuns>('drainRuns'),
  listAudit: token<ListAudit>('listAudit'),
  trimHistory: token<TrimHistory>('trimHistory'),
};

/** Every use case with what it needs; each is made once, when it is first asked for. */
export const compose = (outside: Outside): DependencyContainer => {
  const { settings, secretBox, clock, ids, log, queue, abandon, serverId } = outside;
  const bus = unfailingBus(outside.bus, log);
  const problems = new Problems({ clock, log });
  const store = refuseWhileLost(outside.store, problems);
  const { scripts, runs, runLog, audit } = store;
  const revisions = rememberRevisions(store.revisions);
  const container = root.createChildContainer();
  const provide = <T>(name: InjectionToken<T>, make: (get: <D>(dependency: InjectionToken<D>) => D) => T): void => {
    container.register(name, {
      useFactory: instanceCachingFactory((c) => make((dependency) => c.resolve(dependency))),
    });
  };
  const T = TOKENS;

  provide(T.problems, () => problems);
  provide(T.trail, () => makeAuditTrail({ audit, ids, clock, log }));
  provide(
    T.keyedStarts,
    (get) => new KeyedStarts({ keyedStarts: store.keyedStarts, runs, queue, clock, serverId, trail: get(T.trail) }),
  );
  provide(T.endings, () => new RunEndings());
  provide(T.ends, (get) => new RunEnds({ runs, runLog, bus, clock, log, abandon, problems: get(T.problems) }));
  provide(T.endQueuedRun, () => makeEndQueuedRun({ runs, runLog, queue, bus, clock }));
  provide(T.settleStart, (get) =>
    makeSettleStart({ runs, runLog, clock, log, abandon, ends: get(T.ends), keyedStarts: get(T.keyedStarts) }),
  );

  provide(
    T.heldQueue,
    (get) =>
      new HeldQueue({
        runs,
        serverId,
        problems: get(T.problems),
        predecessors: outside.predecessors,
        forget: outside.forgetPredecessors,
      }),
  );
  provide(T.decideHeldQueue, (get) =>
    makeDecideHeldQueue({
      runs,
      queue,
      bus,
      clock,
      serverId,
      held: get(T.heldQueue),
      endQueuedRun: get(T.endQueuedRun),
      trail: get(T.trail),
      stopping: outside.stopping,
      abandon: outside.abandon,
    }),
  );

  provide(T.getScript, () => makeGetScript({ scripts }));
  provide(T.listScripts, () => makeListScripts({ scripts }));
  provide(T.summarizeScripts, () => makeSummarizeScripts({ scripts, runs }));
  provide(T.summarizeScript, (get) => makeSummarizeScript({ getScript: get(T.getScript), runs }));
  provide(T.createScript, (get) => makeCreateScript({ scripts, secretBox, ids, clock, trail: get(T.trail) }));
  provide(T.updateScript, (get) =>
    makeUpdateScript({
      scripts,
      secretBox,
      runs,
      ids,
      clock,
      getScript: get(T.getScript),
      endQueuedRun: get(T.endQueuedRun),
      trail: get(T.trail),
    }),
  );
  provide(T.deleteScript, (get) =>
    makeDeleteScript({ scripts, runs, getScript: get(T.getScript), trail: get(T.trail) }),
  );

  provide(T.findRun, () => makeFindRun({ runs }));
  provide(T.getRun, (get) => makeGetRun({ findRun: get(T.findRun) }));
  provide(T.showRun, (get) => makeShowRun({ queue, findRun: get(T.findRun) }));
  provide(T.listRuns, () => makeListRuns({ runs }));
  provide(T.summarizeRuns, () => makeSummarizeRuns({ runs }));
  const acceptance = (get: <D>(dependency: InjectionToken<D>) => D) => ({
    scripts,
    revisions,
    runs,
    runLog,
    queue,
    bus,
    ids,
    clock,
    serverId,
    getScript: get(T.getScript),
    log,
    ends: get(T.ends),
    settleStart: get(T.settleStart),
    trail: get(T.trail),
    keyedStarts: get(T.keyedStarts),
    stopping: outside.stopping,
    abandon,
    defaultTimeoutMs: settings.DEFAULT_TIMEOUT_MS,
  });
  provide(T.runScript, (get) => makeRunScript(acceptance(get)));
  provide(T.startBrowserRun, (get) =>
    makeStartBrowserRun({
      acceptRun: makeRunScript({ ...acceptance(get), queue: outside.pageQueue, pages: outside.pages }),
    }),
  );
  provide(T.reportRun, (get) => makeReportRun({ getRun: get(T.getRun), pages: outside.pages }));
  provide(T.executeRun, (get) =>
    makeExecuteRun({
      scripts,
      revisions,
      secretBox,
      runs,
      runLog,
      bus,
      ids,
      clock,
      log,
      endings: get(T.endings),
      ends: get(T.ends),
      endQueuedRun: get(T.endQueuedRun),
      runnerFor: outside.runnerFor,
      sweeper: outside.sweeper,
      abandon,
      tailBytes: settings.OUTPUT_TAIL_BYTES,
      maxLogBytes: settings.MAX_LOG_BYTES,
    }),
  );
  provide(T.cancelRun, (get) =>
    makeCancelRun({
      runs,
      clock,
      getRun: get(T.getRun),
      endQueuedRun: get(T.endQueuedRun),
      control: get(T.endings),
      trail: get(T.trail),
    }),
  );
  provide(T.endLeftovers, (get) =>
    makeEndLeftovers({
      runs,
      bus,
      clock,
      serverId,
      sweeper: outside.sweeper,
      getRun: get(T.getRun),
      trail: get(T.trail),
    }),
  );
  provide(T.followRun, (get) => makeFollowRun({ runLog, bus, clock, serverId, getRun: get(T.getRun) }));
  provide(T.watchRuns, () => makeWatchRuns({ bus, nextTurn }));
  provide(T.readEvents, (get) => makeReadEvents({ runLog, getRun: get(T.getRun) }));
  provide(T.outlineOutput, (get) => makeOutlineOutput({ runLog, clock, getRun: get(T.getRun) }));
  provide(T.readOutput, (get) => makeReadOutput({ runLog, getRun: get(T.getRun) }));
  provide(T.searchOutput, (get) => makeSearchOutput({ runLog, clock, getRun: get(T.getRun) }));
  provide(T.recoverRuns, (get) =>
    makeRecoverRuns({
      runs,
      runLog,
      queue,
      clock,
      log,
      problems: get(T.problems),
      serverId,
      predecessors: outside.predecessors,
      abandon,
      sweeper: outside.sweeper,
      ends: get(T.ends),
      trail: get(T.trail),
      tailBytes: settings.OUTPUT_TAIL_BYTES,
    }),
  );
  provide(T.endAbandonedRuns, () =>
    makeEndAbandonedRuns({
      runs,
      runLog,
      bus,
      ids,
      clock,
      log,
      serverId,
      sweeper: outside.sweeper,
      tailBytes: settings.OUTPUT_TAIL_BYTES,
      leaseMs: settings.LEASE_MS,
    }),
  );
  provide(T.drainRuns, (get) =>
    makeDrainRuns({ queues: [queue, outside.pageQueue], clock, endings: get(T.endings), ends: get(T.ends) }),
  );
  provide(T.trimHistory, () =>
    makeTrimHistory({
      store,
      clock,
      log,
      retention: {
        days: orForEver(settings.RETENTION_DAYS),
        runsOfScript: orForEver(settings.RETENTION_RUNS),
        auditDays: orForEver(settings.AUDIT_RETENTION_DAYS),
      },
    }),
  );
  provide(T.watchStore, () => makeWatchStore({ store, problems, log }));
  provide(T.listAudit, () => makeListAudit({ audit }));
  return container;
};

/** 0 stands for no limit: nobody who wants nothing kept would set the number of days to it. */
const orForEver = (setting: number): number | null => (setting === 0 ? null : setting);
