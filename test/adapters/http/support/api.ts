import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBasicAuth } from '../../../../src/adapters/http/basic-auth.js';
import { ERROR_STATUS, type ApiErrorCode } from '../../../../src/adapters/http/contract/error-status.js';
import { apiError } from '../../../../src/adapters/http/contract/errors.js';
import type { RouteSpec } from '../../../../src/adapters/http/contract/route-spec.js';
import { ROUTES } from '../../../../src/adapters/http/contract/routes.js';
import { type HttpAppNeeds, makeHttpApp } from '../../../../src/adapters/http/http-app.js';
import { makeInspect } from '../../../../src/adapters/runners/vm2/child/sandbox-inspect.js';
import { browserFrame } from '../../../../src/adapters/runners/page/browser-frame.js';
import type { Log } from '../../../../src/application/ports/log.js';
import { TOKENS } from '../../../../src/composition/container.js';
import { makeWorld, type World } from '../../../support/world.js';

export const PASSWORD = 'correct horse';
export const basic = (name = 'ada', password = PASSWORD): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

export interface Logged {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface Call {
  readonly headers?: Record<string, string | undefined>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: RequestInit['body'];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body where it is JSON. */
  readonly json: Body;
}

/** Something of what answers hold; which of it, the contract says. */
export interface Body {
  readonly item: Item;
  readonly items: Item[];
  readonly nextCursor?: string;
  readonly runId: string;
  readonly error: string;
  readonly code: string;
  readonly issues: { readonly path: string; readonly message: string }[];
}

export interface Item extends Record<string, unknown> {
  readonly id: string;
}

const SYSTEM = {
  version: '0.0.0',
  store: 'memory' as const,
  node: process.version,
  platform: 'linux x64',
  startedAt: '2026-01-01T00:00:00.000Z',
  runs: { waiting: 0, maxConcurrent: 8, maxQueued: 1000 },
  heldQueue: null,
  walls: { runAs: null, cgroup: false, vm2: { permission: true } },
};

/** The app on a real server, over the real use cases and memory adapters. */
export interface Api {
  readonly world: World;
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  readonly logged: Logged[];
  /** Aborted: streams end. */
  readonly stopping: AbortController;
  /** As an admin. Every answer is checked against the contract. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  fetch(path: string, call?: Call & { method?: string }): Promise<Response>;
  close(): Promise<void>;
}

export const startApi = async (
  given: Partial<HttpAppNeeds> = {},
  options: Parameters<typeof makeWorld>[0] = {},
): Promise<Api> => {
  const world = await makeWorld(options);
  const stopping = new AbortController();
  const logged: Logged[] = [];
  const keep =
    (level: Logged['level']): Log['info'] =>
    (fields, message) =>
      void logged.push({ level, fields, message });
  const app = makeHttpApp({
    ...useCases(world),
    ping: () => world.store.ping(),
    system: () => Promise.resolve(SYSTEM),
    problems: () => world.container.resolve(TOKENS.problems).list(),
    metrics: () => '# HELP up Always.\n# TYPE up gauge\nup 1\n',
    authenticate: makeBasicAuth({ admins: [{ name: 'ada', password: PASSWORD }] }),
    challenge: 'Basic realm="Runlet", charset="UTF-8"',
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    clock: world.clock,
    prefix: '',
    publicUrl: null,
    hstsMaxAge: null,
    trustProxy: 0,
    consoleFolder: join(tmpdir(), 'runlet-without-console'),
    requestTimeoutMs: 60_000,
    maxStreamsPerAddress: 0,
    stopping: stopping.signal,
    version: '0.0.0',
    ...given,
  });
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  const ask: Api['fetch'] = (path, { method = 'GET', headers = {}, json, body, signal } = {}) =>
    fetch(url + path, {
      method,
      headers: defined({
        authorization: basic(),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      }),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      ...(signal ? { signal } : {}),
      redirect: 'manual',
    });

  return {
    world,
    server,
    url,
    port,
    logged,
    stopping,
    fetch: ask,
    async call(method, path, call = {}) {
      const response = await ask(path, { ...call, method });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      const answer = {
        status: response.status,
        headers: response.headers,
        text,
        json: (isJson && text !== '' ? JSON.parse(text) : undefined) as Body,
      };
      requireContract(method, path.slice(given.prefix?.length ?? 0), answer);
      return answer;
    },
    async close() {
      stopping.abort();
      for (const run of world.runner.runs) run.end();
      await world.queue.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const useCases = ({ container }: World) => {
  const trail = container.resolve(TOKENS.trail);
  return {
    createScript: container.resolve(TOKENS.createScript),
    updateScript: container.resolve(TOKENS.updateScript),
    deleteScript: container.resolve(TOKENS.deleteScript),
    getScript: container.resolve(TOKENS.getScript),
    listScripts: container.resolve(TOKENS.listScripts),
    summarizeScripts: container.resolve(TOKENS.summarizeScripts),
    summarizeScript: container.resolve(TOKENS.summarizeScript),
    startBrowserRun: container.resolve(TOKENS.startBrowserRun),
    reportRun: container.resolve(TOKENS.reportRun),
    browserFrame: async () => browserFrame(makeInspect),
    runScript: container.resolve(TOKENS.runScript),
    cancelRun: container.resolve(TOKENS.cancelRun),
    endLeftovers: container.resolve(TOKENS.endLeftovers),
    showRun: container.resolve(TOKENS.showRun),
    listRuns: container.resolve(TOKENS.listRuns),
    summarizeRuns: container.resolve(TOKENS.summarizeRuns),
    followRun: container.resolve(TOKENS.followRun),
    watchRuns: container.resolve(TOKENS.watchRuns),
    readEvents: container.resolve(TOKENS.readEvents),
    outlineOutput: container.resolve(TOKENS.outlineOutput),
    readOutput: container.resolve(TOKENS.readOutput),
    searchOutput: container.resolve(TOKENS.searchOutput),
    listAudit: container.resolve(TOKENS.listAudit),
    decideHeldQueue: container.resolve(TOKENS.decideHeldQueue),
    recordAuthFailure: ({ address }: { address: string | null }) => trail.authFailed(address),
    recordRefusal: ({ outcome, code, ...entry }: Parameters<HttpAppNeeds['recordRefusal']>[0]) =>
      trail.record({ ...entry, scriptName: null }, outcome, code),
  } satisfies Partial<HttpAppNeeds>;
};

/** @throws when an answer is not one that the contract names for the route. */
const requireContract = (method: string, path: string, { status, headers, json }: Answer): void => {
  if (method === 'HEAD') return;
  const spec = routeOf(method, new URL(path, 'http://x').pathname);
  const answer = spec?.answers[status];
  if (answer?.mediaType !== undefined && headers.get('content-type') !== answer.mediaType)
    throw new Error(`${method} ${path} answered ${headers.get('content-type')}, the contract says ${answer.mediaType}`);
  if (answer && !answer.schema) return;
  const checked = (answer?.schema ?? apiError).safeParse(json);
  if (!checked.success) throw new Error(`${method} ${path} answered ${status} outside the contract: ${checked.error}`);
  if (!answer && ERROR_STATUS[json.code as ApiErrorCode] !== status)
    throw new Error(`${method} ${path} answered ${status} with the code ${json.code}`);
};

const routeOf = (method: string, path: string): RouteSpec | undefined =>
  Object.values<RouteSpec>(ROUTES)
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)
    .find((spec) => spec.method === method && new RegExp(`^${spec.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));

const defined = (headers: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
