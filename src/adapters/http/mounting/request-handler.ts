import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExpressApp, refuseUnparsed } from './refuse-unparsed.js';

/**
 * Handles requests, in whichever form a framework hands them over. Where the framework gives a `next`, it gets the requests that are not
 * under Runlet's prefix.
 */
export interface RequestHandler {
  /** Node, Express, Nest, Connect, middie. */
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** Koa, koa-mount: a promise of the end of the answer. */
  (ctx: KoaContext, next: () => Promise<unknown>): unknown;
  /** Fastify. */
  (request: FastifyRequest, reply: FastifyReply): void;
}

/** What a framework has left of a request: the address before it cut off a prefix, the body that it has read. */
export type HostedRequest = IncomingMessage & { originalUrl?: string; body?: unknown };

export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: object;
  readonly url: string;
  readonly originalUrl: string;
  respond?: boolean | undefined;
}

export interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly body: unknown;
}

export interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

interface Needs {
  readonly prefix: string;
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Called once, with the first request that a body parser has seen before Runlet. */
  readonly onBodyParser: () => void;
}

export const makeRequestHandler = ({ prefix, handle, onBodyParser }: Needs): RequestHandler => {
  let isWarned = false;
  const warn = (isParsed: boolean): void => {
    if (!isParsed || isWarned) return;
    isWarned = true;
    onBodyParser();
  };

  const handler = (first: object, second: ServerResponse | FastifyReply | Next, third?: Next): unknown => {
    if (isKoaContext(first)) {
      if (first.url === first.originalUrl && !isUnder(prefix, first.url)) return (second as Next)();
      const { body } = first.request as { body?: unknown };
      warn(body !== undefined);
      first.respond = false;
      handle(asHosted(first.req, first.originalUrl, body), first.res);
      return over(first.res); // koa-mount writes another address into the request when this resolves
    }
    if ('hijack' in second) {
      const { raw: req, body } = first as FastifyRequest;
      second.hijack();
      handle(asHosted(req, undefined, body), second.raw);
      return undefined;
    }
    const req = first as HostedRequest;
    const isCut = req.originalUrl !== undefined && req.originalUrl !== req.url;
    if (third && !isCut && !isUnder(prefix, req.url ?? '')) return third();
    warn('body' in req);
    handle(req, second as ServerResponse);
    return undefined;
  };

  return Object.assign(handler as RequestHandler, {
    // Express takes what has these for an application and tells it where it is mounted. Only so can Runlet hear of the errors of parsers before it.
    handle: handler,
    set: () => undefined,
    emit(this: { mountpath: string }, _event: 'mount', parent: ExpressApp) {
      parent.use(this.mountpath, refuseUnparsed);
    },
  });
};

type Next = () => unknown;

const isKoaContext = (first: object): first is KoaContext =>
  'req' in first && 'request' in first && 'originalUrl' in first;

const over = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => (res.closed ? resolve() : res.once('close', resolve)));

/** Under no prefix there is everything. */
const isUnder = (prefix: string, target: string): boolean => {
  const [path = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/);
  return path === prefix || path.startsWith(`${prefix}/`);
};

const asHosted = (req: HostedRequest, originalUrl: string | undefined, body: unknown): HostedRequest => {
  if (originalUrl !== undefined) req.originalUrl ??= originalUrl;
  if (body !== undefined) req.body ??= body;
  return req;
};
