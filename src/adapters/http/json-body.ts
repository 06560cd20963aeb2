import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { LIMITS } from '../../domain/limits.js';
import { HttpError } from './http-error.js';
import { jsonErrorPosition } from './json-error-position.js';

/** How long a client whose body was refused may go on sending before it is cut off. */
const DRAIN_MS = 10_000;

/**
 * The body of a request, parsed by us or before us by a host application; undefined without one.
 * @throws HttpError `request.media-type`, `request.too-large`, `request.malformed`, `request.timeout`
 */
export const readJsonBody = async (ctx: Context, timeoutMs: number): Promise<unknown> => {
  const { req } = ctx;
  if (!hasBody(req)) return undefined;
  requireJson(req);
  const { body } = req as IncomingMessage & { body?: unknown };
  if (body !== undefined) return body;
  if (Number(req.headers['content-length'] ?? 0) > LIMITS.bodyBytes) throw tooLarge(req);
  const parse = await loadBodyParser();
  const isUtf8 = watchUtf8(req); // reads at once, so nothing may be awaited before the parser reads too
  const parsed = parse(ctx, () => Promise.resolve()) as Promise<void>;
  await withinMs(timeoutMs, parsed);
  if (!isUtf8()) throw new HttpError('request.malformed', 'the body is not UTF-8; send JSON encoded in UTF-8');
  return ctx.request.rawBody === '' ? undefined : ctx.request.body;
};

/** A client that drips its body is answered, and its connection closed. */
const withinMs = async (ms: number, parsed: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the body did not come within ${ms / 1000} s (REQUEST_TIMEOUT_MS)`;
      reject(new HttpError('request.timeout', message, { headers: { connection: 'close' } }));
    }, ms);
  });
  try {
    await Promise.race([parsed, late]);
  } finally {
    clearTimeout(timer);
  }
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const requireJson = ({ headers }: IncomingMessage): void => {
  const type = headers['content-type'] ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s";]*)/i.exec(type) ?? [];
  if (!/^application\/json\s*(;|$)/i.test(type) || !/^utf-?8$/i.test(charset)) {
    const found = type === '' ? 'has no content-type' : `is ${type}`;
    throw new HttpError('request.media-type', `the body ${found}; send JSON with content-type: application/json`);
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpError('request.media-type', `the body is encoded as ${encoding}; send it without content-encoding`);
  }
};

let bodyParser: Promise<Middleware> | null = null;

/** Loaded late: with all that it brings along it takes a tenth of the start, and the first answers need none of it. */
export const loadBodyParser = (): Promise<Middleware> => (bodyParser ??= makeBodyParser());

const makeBodyParser = async (): Promise<Middleware> => {
  const { default: make } = await import('koa-bodyparser');
  return make({
    enableTypes: ['json'],
    jsonLimit: `${LIMITS.bodyBytes}b`,
    detectJSON: () => true,
    strict: false, // so that `"text"` is no syntax error; the schema says that it has to be an object
    onerror: (error, ctx) => {
      throw readable(error, ctx.req);
    },
    // Passed on to co-body: a `__proto__` is left to the schema, which names it as an unknown field.
    ...{ onProtoPoisoning: 'ignore' },
  });
};

/** What raw-body (`type`) and co-body (`body`: the text that is no JSON) put on their errors. */
interface ParserError extends Error {
  readonly type?: string;
  readonly body?: string;
}

const readable = (error: ParserError, req: IncomingMessage): Error => {
  if (error.type === 'entity.too.large') return tooLarge(req);
  if (error.type === 'request.aborted' || error.type === 'request.size.invalid') {
    return new HttpError('request.malformed', 'the request ended before its body did');
  }
  if (error.body !== undefined) {
    const { line, column } = jsonErrorPosition(error.body);
    return new HttpError('request.malformed', `the body is not JSON: it breaks off at line ${line}, column ${column}`);
  }
  if (error.type === 'stream.not.readable') {
    return new Error(
      'the body was read before the request came here; the host application has to put it on request.body',
    );
  }
  return error;
};

const tooLarge = (req: IncomingMessage): HttpError => {
  drain(req);
  return new HttpError('request.too-large', `the body is larger than ${LIMITS.bodyBytes / 1024 / 1024} MiB`);
};

/** Reads on and forgets: a client that sees its connection closed while it sends may never see the answer. */
const drain = (req: IncomingMessage): void => {
  const timer = setTimeout(() => req.destroy(), DRAIN_MS).unref();
  req.once('close', () => clearTimeout(timer));
  req.resume();
};

const watchUtf8 = (req: IncomingMessage): (() => boolean) => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let valid = true;
  const check = (chunk?: Buffer): void => {
    try {
      if (valid) decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      valid = false;
    }
  };
  req.on('data', check);
  return () => {
    check();
    return valid;
  };
};
