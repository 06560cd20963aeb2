import type { IncomingMessage, ServerResponse } from 'node:http';
import Koa from 'koa';
import { answerErrors } from './answer-errors.js';
import { consolePages } from './console/console-pages.js';
import { makeAnswerParts } from './edge/answer-parts.js';
import { compressAnswers } from './edge/compress-answers.js';
import { cutOffWhenStalled } from './edge/cut-off-stalled.js';
import { requireUnambiguous } from './edge/require-unambiguous.js';
import { identify, type IdentifyNeeds } from './identify.js';
import { makeRouter, matchRoute, requireRoute, type RouterNeeds } from './router.js';
import { type BrowserScriptRouteNeeds, browserScriptHandlers } from './routes/browser-scripts.js';
import { outputHandlers, type OutputRouteNeeds } from './routes/output.js';
import { runHandlers, type RunRouteNeeds } from './routes/runs.js';
import { scriptHandlers, type ScriptRouteNeeds } from './routes/scripts.js';
import { serviceHandlers, type ServiceRouteNeeds } from './routes/service.js';
import { streamHandlers, type StreamRouteNeeds } from './routes/streams.js';
import { securityHeaders } from './security-headers.js';
import { underPrefix } from './under-prefix.js';
import { Viewers } from './viewers.js';

export type HttpAppNeeds = IdentifyNeeds &
  RouterNeeds &
  ScriptRouteNeeds &
  RunRouteNeeds &
  BrowserScriptRouteNeeds &
  StreamRouteNeeds &
  OutputRouteNeeds &
  ServiceRouteNeeds & {
    /** Folder of the built console. */
    consoleFolder: string;
    /** Seconds for which browsers are told to use https alone; null: they are told nothing. */
    hstsMaxAge: number | null;
    /** Aborted: streams end, without `done`. */
    stopping: AbortSignal;
    /** 0: any number. */
    maxStreamsPerAddress: number;
  };

/** The service over HTTP, for `http.createServer` or a host application. */
export interface HttpApp {
  callback(): (req: IncomingMessage, res: ServerResponse) => void;
  /** How many streams are open now. */
  viewers(): number;
}

export const makeHttpApp = (needs: HttpAppNeeds): HttpApp => {
  const viewers = new Viewers(needs.stopping, needs.maxStreamsPerAddress);
  const answerParts = makeAnswerParts(viewers);
  const router = makeRouter(
    {
      ...scriptHandlers(needs, answerParts),
      ...runHandlers(needs, answerParts),
      ...browserScriptHandlers(needs),
      ...streamHandlers(needs, viewers),
      ...outputHandlers(needs, answerParts),
      ...serviceHandlers(needs, answerParts),
    },
    answerParts,
    needs,
  );
  const app = new Koa();
  app.use(securityHeaders(needs.hstsMaxAge));
  app.use(compressAnswers);
  app.use(answerErrors(needs.log));
  app.use(requireUnambiguous);
  app.use(underPrefix(needs.prefix));
  app.use(matchRoute(router));
  app.use(identify(needs));
  app.use(consolePages(needs.consoleFolder));
  app.use(requireRoute);
  app.use(router.routes());
  const logged = new WeakSet<Error>(); // Koa tells of a stream's error twice: when the stream fails and when the answer does
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (isOfConnection(error) || logged.has(error)) return;
    logged.add(error);
    needs.log.error({ err: error }, 'an answer broke off');
  });
  const handle = app.callback();
  return {
    callback: () => (req, res) => {
      void handle(req, res).then(() => {
        if (!isEventStream(res)) cutOffWhenStalled(res, needs.requestTimeoutMs);
      });
    },
    viewers: () => viewers.count,
  };
};

/** Of a live stream whose viewer stands still one piece waits, and the viewer may go on whenever it likes. */
const isEventStream = (res: ServerResponse): boolean => res.getHeader('content-type') === 'text/event-stream';

/** How Koa reports a client that closes its connection, in the middle of a stream or of a request. */
const isOfConnection = ({ code = '' }: NodeJS.ErrnoException): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(code) || code.startsWith('HPE_');
