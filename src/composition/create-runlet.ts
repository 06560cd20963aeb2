import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { MemoryEventBus } from '../adapters/events/memory/memory-event-bus.js';
import type { Authenticate } from '../adapters/http/authenticate.js';
import { makeBasicAuth } from '../adapters/http/basic-auth.js';
import { hostedIdentity } from '../adapters/http/edge/hosted-identity.js';
import { type HttpApp, makeHttpApp } from '../adapters/http/http-app.js';
import type { ApiError } from '../adapters/http/contract/errors.js';
import { MOUNT_FIRST } from '../adapters/http/mounting/refuse-unparsed.js';
import { makeRequestHandler, type RequestHandler } from '../adapters/http/mounting/request-handler.js';
import { sendError } from '../adapters/http/send-error.js';
import { MemoryRunQueue } from '../adapters/queue/memory/memory-run-queue.js';
import { missingIsolation } from '../adapters/runners/vm2/isolation/isolation.js';
import { objectIds } from '../adapters/system/object-ids.js';
import { systemClock } from '../adapters/system/system-clock.js';
import { type HeldRuns, NO_PREDECESSORS, type Predecessors } from '../application/held-queue.js';
import type { Clock } from '../application/ports/clock.js';
import type { Log } from '../application/ports/log.js';
import type { Store } from '../application/ports/store.js';
import { repeatedly } from '../application/repeatedly.js';
import { LOOKS_PER_LEASE } from '../application/use-cases/end-abandoned-runs.js';
import { WATCH_MS } from '../application/use-cases/watch-store.js';
import { type Admins, readAdmins } from './admins.js';
import { compose, TOKENS } from './container.js';
import { type DataDir, openDataDir } from './data-dir.js';
import { type Instance, openInstance } from './instance.js';
import { makeLifecycle } from './lifecycle.js';
import { makeLog } from './logger.js';
import { makeMeasures, type Measures } from './measures.js';
import { once } from './once.js';
import { openStore } from './open-store.js';
import { readRunAs, requireSeparation } from './run-as.js';
import { makeRunners, type Runners } from './runners.js';
import { openSecretBox, passingKeys, requireSecretKeys } from './secrets.js';
import { readSettings, secretFilesOf, type SettingsInput } from './settings.js';
import { fingerprintOf, LOOK_MS, UsersFileWatch } from './users-file-watch.js';
import { warnOfZombies } from './warn-of-zombies.js';

export interface RunletOptions {
  /**
   * Who sends a request, where the host application knows; null: nobody who may use Runlet. Without it, Basic authentication with the
   * admins of the settings. An answer that is no admin or user with a name, none within 10 s, and a rejection are 500 and a line in the log.
   */
  readonly authenticate?: Authenticate;
  /** Path under which Runlet is mounted: `/ops`. */
  readonly prefix?: string;
  /** A store of one's own instead of the one the settings name: `openMemoryStore()` of `runlet/testing`, for one. */
  readonly store?: Store;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** The whole service. It does not listen: `callback()` is for `http.createServer` or a host application. */
export interface Runlet {
  /**
   * Handles requests; answers 503 before `start` and after `stop`. For `http.createServer`, and for Express, Nest, Koa and Fastify as
   * docs/embedding.md has them.
   */
  callback(): RequestHandler;
  /**
   * Opens the store, ends what a crash left, takes queued runs up. Once only: a second call rejects, and so does one after `stop` or
   * after a start that failed, which has closed what it opened. `createRunlet` makes a new one to start.
   * @throws SettingsError, or Error saying what to do about the store
   */
  start(): Promise<void>;
  /**
   * Refuses new runs, waits SHUTDOWN_GRACE_MS for running ones, ends the rest, closes streams and store. Queued runs stay queued. During
   * a start it waits for its end; without one it only forbids it. Every further call resolves with the first.
   */
  stop(): Promise<void>;
  /**
   * Reads ADMIN_USERS_FILE again now; a changed file is read within 4 s without being asked for. An admin who is gone from it, or has
   * another hash, loses access: streams and downloads that are open end. A file that cannot be used changes nothing and is told in the log.
   */
  rereadAdmins(): Promise<void>;
  /** Kills what runs, now. For a process that is about to exit; the next start does the rest. */
  abort(): void;
  /** How admins get in, for the start line. The password is in it only when it was made by this start. */
  readonly accessHint: string;
  /** What is wrong, or to be decided on, now: a sentence each. */
  readonly notices: readonly string[];
}

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/**
 * @param input the settings under their names in docs/settings.md; `process.env` will do. Nothing else is read from the environment but
 *   what scripts inherit.
 * @throws SettingsError naming the setting that is wrong
 */
export const createRunlet = (input: SettingsInput = {}, options: RunletOptions = {}): Runlet => {
  const settings = readSettings(input);
  const prefix = requirePrefix(options.prefix ?? '');
  requireFunction(options.authenticate);
  const log = options.log ?? makeLog(settings.LOG_LEVEL);
  const clock = options.clock ?? systemClock;
  const ids = objectIds();
  const stopping = new AbortController();
  const closing = new AbortController();
  const abandon = new AbortController();
  setMaxListeners(0, stopping.signal, closing.signal, abandon.signal); // every run that waits for the store listens
  const runAs = once(() => readRunAs(settings, process.env.PATH ?? ''));
  const runners = makeRunners(settings, process.env, clock, runAs);
  let dataDir: DataDir | null = null;
  let instance: Instance | null = null;
  let store: Store | null = null;
  let container: DependencyContainer | null = null;
  let handle: ((req: IncomingMessage, res: ServerResponse) => void) | null = null;
  let measures: Measures | null = null;
  let accessHint = '';
  let users: UsersFileWatch | null = null;
  let notices = (): readonly string[] => [];
  let background: Promise<unknown> | null = null;

  const useDataDir = (): DataDir => (dataDir ??= openDataDir(settings.DATA_DIR));

  const open = async (): Promise<void> => {
    const startedAt = clock.now();
    const user = await runAs();
    const usersFile = options.authenticate ? undefined : settings.ADMIN_USERS_FILE;
    const usersRead = usersFile === undefined ? '' : await fingerprintOf(usersFile);
    const admins: Admins = options.authenticate
      ? { all: [], hint: "the host application's users" }
      : readAdmins(settings, useDataDir);
    accessHint = admins.hint;
    if (!options.store) useDataDir();
    if (user) await requireSeparation(user, settings.DATA_DIR, secretFilesOf(input), log);
    store = options.store ?? (await openStore(settings, useDataDir(), log));
    const opened = store;
    const secretBox = openSecretBox(settings, options.store ? passingKeys() : useDataDir().secretKey);
    await requireSecretKeys(opened, secretBox);
    instance = options.store ? null : openInstance(useDataDir().path, startedAt, log);
    const serverId = instance?.serverId ?? ids.next();
    const bus = new MemoryEventBus();
    const queue = new MemoryRunQueue(settings.MAX_CONCURRENT_RUNS, settings.MAX_QUEUED_RUNS);
    const pageQueue = new MemoryRunQueue(Infinity);
    const taken = (measures = makeMeasures({
      store,
      bus,
      queue,
      clock,
      viewers: () => app.viewers(),
      version: VERSION,
    }));
    const auth = makeBasicAuth({ admins: admins.all });
    if (usersFile !== undefined) users = new UsersFileWatch({ settings, file: usersFile, auth, log, read: usersRead });
    const composed = compose({
      settings,
      store: taken.store,
      secretBox,
      serverId,
      predecessors: predecessorsOf(instance, opened, startedAt),
      forgetPredecessors: () => instance?.forgetCopy(),
      clock,
      ids,
      log,
      bus,
      queue,
      pageQueue,
      pages: runners.pages,
      sweeper: runners.sweeper,
      runnerFor: (script) => taken.counted(runners.runnerFor(script)),
      stopping: stopping.signal,
      abandon: abandon.signal,
    });
    container = composed;
    const get = <T>(token: InjectionToken<T>): T => composed.resolve(token);
    const trail = get(TOKENS.trail);
    const problems = get(TOKENS.problems);
    const app: HttpApp = makeHttpApp({
      createScript: get(TOKENS.createScript),
      updateScript: get(TOKENS.updateScript),
      deleteScript: get(TOKENS.deleteScript),
      getScript: get(TOKENS.getScript),
      listScripts: get(TOKENS.listScripts),
      summarizeScripts: get(TOKENS.summarizeScripts),
      summarizeScript: get(TOKENS.summarizeScript),
      runScript: get(TOKENS.runScript),
      startBrowserRun: get(TOKENS.startBrowserRun),
      reportRun: get(TOKENS.reportRun),
      browserFrame: () => runners.browserFrame(),
      cancelRun: get(TOKENS.cancelRun),
      endLeftovers: get(TOKENS.endLeftovers),
      showRun: get(TOKENS.showRun),
      listRuns: get(TOKENS.listRuns),
      summarizeRuns: get(TOKENS.summarizeRuns),
      followRun: get(TOKENS.followRun),
      watchRuns: get(TOKENS.watchRuns),
      readEvents: get(TOKENS.readEvents),
      outlineOutput: get(TOKENS.outlineOutput),
      readOutput: get(TOKENS.readOutput),
      searchOutput: get(TOKENS.searchOutput),
      listAudit: get(TOKENS.listAudit),
      decideHeldQueue: get(TOKENS.decideHeldQueue),
      recordAuthFailure: ({ address }) => trail.authFailed(address),
      recordRefusal: ({ action, origin, scriptId, runId, outcome, code }) =>
        trail.record(
          { action, origin, scriptId, scriptName: null, ...(runId !== undefined && { runId }) },
          outcome,
          code,
        ),
      ping: () => opened.ping(),
      metrics: () => taken.text(),
      problems: () => problems.list(),
      system: async () => ({
        version: VERSION,
        store: opened.kind,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        startedAt: startedAt.toISOString(),
        runs: {
          waiting: queue.waiting,
          maxConcurrent: settings.MAX_CONCURRENT_RUNS,
          maxQueued: settings.MAX_QUEUED_RUNS,
        },
        heldQueue: presentHeld(await get(TOKENS.heldQueue).lookOrRemember()),
        walls: await wallsOf(runners),
      }),
      authenticate: options.authenticate ? hostedIdentity(options.authenticate, clock) : auth,
      challenge: options.authenticate ? null : 'Basic realm="Runlet", charset="UTF-8"',
      log,
      clock,
      prefix,
      publicUrl: settings.PUBLIC_URL ?? null,
      hstsMaxAge: settings.HSTS_MAX_AGE ?? null,
      trustProxy: settings.TRUST_PROXY,
      consoleFolder: fileURLToPath(new URL('../ui/', import.meta.url)),
      requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
      maxStreamsPerAddress: settings.MAX_STREAMS_PER_ADDRESS,
      stopping: closing.signal,
      version: VERSION,
    });
    handle = app.callback();
    // The rest of the start does not depend on it, and it is tried again.
    await opened.mend().catch((error: unknown) => log.warn({ err: error }, NOT_MENDED));
    const { taken: recovered } = await get(TOKENS.recoverRuns)();
    await get(TOKENS.heldQueue).lookOrRemember();
    notices = () => problems.list().map(({ message }) => message);
    void recovered.then(() => {
      queue.consume(get(TOKENS.executeRun));
      pageQueue.consume(get(TOKENS.executeRun));
    }, ignoreStop);
    const inBackground = (
      rhythm: Parameters<typeof repeatedly>[2],
      work: () => Promise<void>,
      failure: string,
    ): Promise<void> => repeatedly(clock, stopping.signal, rhythm, work, (error) => log.warn({ err: error }, failure));
    const look = settings.LEASE_MS / LOOKS_PER_LEASE;
    background = Promise.all([
      inBackground(
        { firstMs: WATCH_MS, pauseMs: WATCH_MS },
        get(TOKENS.watchStore),
        'the store could not be looked at; it is tried again',
      ),
      inBackground(
        TRIMMING,
        () => get(TOKENS.trimHistory)(stopping.signal),
        'history could not be trimmed; it is tried again later',
      ),
      inBackground(
        { firstMs: LOOK_MS, pauseMs: LOOK_MS },
        async () => users?.look(),
        'ADMIN_USERS_FILE could not be looked at; it is tried again',
      ),
      inBackground(
        { firstMs: look, pauseMs: look },
        get(TOKENS.endAbandonedRuns),
        'the runs of other servers could not be looked at; it is tried again',
      ),
      inBackground({ firstMs: MEND_MS, pauseMs: MEND_MS }, () => opened.mend(), NOT_MENDED),
    ]);
    // Not waited for: a server is there before what only makes the first runs faster.
    void runners
      .warm()
      .then(() => runners.isolation())
      .then(
        (isolation) =>
          stopping.signal.aborted ||
          log.info({ isolation, missing: missingIsolation(isolation.vm2) }, 'isolation of scripts on this machine'),
      )
      .then(() => warnOfZombies(log, () => stopping.signal.aborted))
      .catch((error: unknown) => log.warn({ err: error }, 'the runners could not be warmed'));
  };

  const close = async (): Promise<void> => {
    stopping.abort();
    if (container) {
      const patience = settings.SHUTDOWN_GRACE_MS + settings.KILL_GRACE_MS + STORE_GRACE_MS;
      const stopped = new AbortController();
      void clock.after(patience, stopped.signal).then(
        () => abandon.abort(new Error('the server is stopping and the store does not answer')),
        () => undefined, // stopped in time
      );
      await container.resolve(TOKENS.drainRuns)(settings.SHUTDOWN_GRACE_MS);
      stopped.abort();
      abandon.abort(new Error('the server has stopped')); // what waits for the store in the background
    }
    closing.abort();
    await background;
    handle = null;
    measures?.stop();
    await runners.close();
    await store?.close();
    instance?.release();
    dataDir?.release();
  };

  const { start, stop } = makeLifecycle({
    open,
    close,
    onFailedClose: (error) => log.warn({ err: error }, 'what a failed start had opened could not be closed in order'),
  });

  return {
    callback: () =>
      makeRequestHandler({
        prefix,
        handle: (req, res) => {
          if (handle) handle(req, res);
          else sendError(res, NOT_READY, { 'retry-after': '5' });
        },
        onBodyParser: () => log.warn({}, PARSED_BEFORE),
      }),
    start,
    stop,
    rereadAdmins: async () => users?.readNow(),
    abort: () => container?.resolve(TOKENS.endings).killAll('shutdown'),
    get accessHint() {
      return accessHint;
    },
    get notices() {
      return notices();
    },
  };
};

/** The isolation under the name that the contract has for it. */
const wallsOf = async (runners: Runners) => {
  const { vm2, ...rest } = await runners.isolation();
  return { ...rest, vm2: { ...vm2 } };
};

/** The server stopped before its store let it begin. */
const ignoreStop = (): void => undefined;

/** Some time after the start, which has enough to do, and then every hour. */
const TRIMMING = { firstMs: 60_000, pauseMs: 3_600_000 };

/** How long what a crash of another server cut in two may stay so. */
const MEND_MS = 30_000;
const NOT_MENDED = 'what a crash cut in two could not be completed; it is tried again';

/** How long, beyond the graces, a stopping server waits for a store that does not answer. */
const STORE_GRACE_MS = 5000;

/** A store of a host application is the business of that application. */
const predecessorsOf = (instance: Instance | null, { kind }: Store, startedAt: Date): Predecessors => {
  if (!instance) return NO_PREDECESSORS;
  const { of, since, originalIsGone } = instance.copy ?? { of: [], since: startedAt, originalIsGone: false };
  return kind === 'mongodb'
    ? { ids: of, until: since, since, areGone: originalIsGone }
    : { ids: 'all', until: null, since, areGone: originalIsGone };
};

const presentHeld = (held: HeldRuns | null): { count: number; since: string } | null =>
  held && { ...held, since: held.since.toISOString() };

const requirePrefix = (prefix: string): string => {
  if (prefix === '' || /^(\/[\w.~-]+)+$/.test(prefix)) return prefix;
  throw new Error(`prefix: must be empty or a path like /ops, without a slash at its end (it is "${prefix}")`);
};

/** Anything else would mean Basic authentication, which nobody asked for who gave it. */
const requireFunction = (authenticate: unknown): void => {
  if (authenticate !== undefined && typeof authenticate !== 'function')
    throw new Error(`authenticate: must be a function (it is ${authenticate === null ? 'null' : typeof authenticate})`);
};

const NOT_READY: ApiError = { error: 'the server is not ready; try again in a moment', code: 'server.stopping' };

const PARSED_BEFORE =
  'a body parser of the host application reads requests before Runlet does, so that the size of a script is limited by it: ' +
  MOUNT_FIRST;
