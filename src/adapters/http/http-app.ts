import { type IncomingMessage, type ServerResponse } from 'node:http';
import Koa from 'koa';
import { type Clock } from '../../application/ports/clock.js';
import { type Log } from '../../application/ports/log.js';
import { type CancelRun } from '../../application/use-cases/cancel-run.js';
import { type CreateScript } from '../../application/use-cases/create-script.js';
import { type DeleteScript } from '../../application/use-cases/delete-script.js';
import { type FollowRun } from '../../application/use-cases/follow-run.js';
import { type FindRun } from '../../application/use-cases/get-run.js';
import { type GetScript } from '../../application/use-cases/get-script.js';
import { type ListAudit } from '../../application/use-cases/list-audit.js';
import { type ListRuns } from '../../application/use-cases/list-runs.js';
import { type ListScripts, type SummarizeScripts } from '../../application/use-cases/list-scripts.js';
import { type ReadEvents } from '../../application/use-cases/read-events.js';
import { type ReadOutput } from '../../application/use-cases/read-output.js';
import { type RunScript } from '../../application/use-cases/run-script.js';
import { type SearchOutput } from '../../application/use-cases/search-output.js';
import { type UpdateScript } from '../../application/use-cases/update-script.js';
import { type WatchRuns } from '../../application/use-cases/watch-runs.js';
import { type Authenticate } from './authenticate.js';
import { type SystemReport } from './contract/system.js';
import { type Refusal } from './refusal.js';
import { securityHeaders } from './security-headers.js';

export interface HttpAppNeeds {
  createScript: CreateScript;
  updateScript: UpdateScript;
  deleteScript: DeleteScript;
  getScript: GetScript;
  listScripts: ListScripts;
  summarizeScripts: SummarizeScripts;
  runScript: RunScript;
  cancelRun: CancelRun;
  findRun: FindRun;
  listRuns: ListRuns;
  followRun: FollowRun;
  watchRuns: WatchRuns;
  readEvents: ReadEvents;
  readOutput: ReadOutput;
  searchOutput: SearchOutput;
  listAudit: ListAudit;
  /** Counts wrong credentials in the audit trail. */
  recordAuthFailure: (failure: { address: string | null }) => Promise<void>;
  /** Writes an attempt to change something to the audit trail that was refused at the edge. */
  recordRefusal: (refusal: Refusal) => Promise<void>;
  /** Resolves when the store answers. */
  ping: () => Promise<void>;
  system: () => Promise<SystemReport>;
  authenticate: Authenticate;
  /** `WWW-Authenticate` of a 401; null when identity is the host application's. */
  challenge: string | null;
  log: Log;
  clock: Clock;
  /** Path under which everything is served, `/ops`; empty for the root. */
  prefix: string;
  /** What `Origin` is compared with; null: the request's Host. */
  publicUrl: URL | null;
  /** Number of proxies whose `X-Forwarded-…` is believed. */
  trustProxy: number;
  /** Aborted: streams end, without `done`. */
  stopping: AbortSignal;
  version: string;
}

/** The service over HTTP, for `http.createServer` or a host application. */
export const makeHttpApp = (
  needs: HttpAppNeeds,
): { callback(): (req: IncomingMessage, res: ServerResponse) => void } => {
  const app = new Koa();
  app.use(securityHeaders(needs.publicUrl));
  const handle = app.callback();
  return { callback: () => (req, res) => void handle(req, res) };
};
