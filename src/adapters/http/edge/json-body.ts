import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import { LIMITS } from '../../../domain/limits.js';
import { quoted } from '../../../domain/text.js';
import { HttpError } from '../http-error.js';
import { BodyRoom } from './body-room.js';
import { jsonErrorPosition } from './json-error-position.js';
import type { HostedRequest } from '../mounting/request-handler.js';
import { holdsMoreThan, JsonValues } from './json-values.js';
import { receiveBody, tooLarge, tooManyValues } from './receive-body.js';

/** A body that takes some time to parse gets turns of the event loop of its own. */
const OWN_TURN_BYTES = 64 * 1024;
const SLICE_BYTES = 512 * 1024;

/**
 * The body of a request, parsed by us or before us by a host application; undefined without one.
 * @param address whom the request comes from
 * @throws HttpError `request.media-type`, `request.too-large`, `request.malformed`, `request.timeout`, `request.busy`
 */
export type ReadJsonBody = (req: IncomingMessage, address: string) => Promise<unknown>;

/** @param timeoutMs how long a client may take to send a body */
export const makeReadJsonBody = (timeoutMs: number): ReadJsonBody => {
  const room = new BodyRoom();
  let lastTurn: Promise<unknown> = Promise.resolve();
  const ownTurn = (): Promise<unknown> => (lastTurn = lastTurn.then(() => nextTurn()));

  return async (req, address) => {
    if (!hasBody(req)) return undefined;
    requireJson(req);
    // Parsers leave `{}` there of what they do not read.
    if (req.readableEnded || req.readableDidRead) return await parsedBefore(req);
    const limit = new TimeLimit(timeoutMs);
    let taken = 0;
    const admit = async (bytes: number): Promise<void> => {
      limit.atFault('us');
      await room.enter(address, bytes, limit.signal);
      limit.atFault('client');
      taken = bytes;
    };
    try {
      const bytes = await receiveBody(req, { admit, signal: limit.signal });
      if (bytes.length === 0) return undefined;
      if (bytes.length > OWN_TURN_BYTES) await ownTurn();
      return await parse(bytes);
    } finally {
      limit.end();
      if (taken > 0) room.leave(address, taken);
    }
  };
};

/** A client that drips its body is answered, and its connection closed. One that found no room is told so. */
class TimeLimit {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #fault: 'client' | 'us' = 'client';

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#controller.abort(this.#fault === 'us' ? busy() : late(ms)), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  atFault(who: 'client' | 'us'): void {
    this.#fault = who;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

const late = (ms: number): HttpError =>
  new HttpError('request.timeout', `the body did not come within ${ms / 1000} s (REQUEST_TIMEOUT_MS)`, {
    headers: { connection: 'close' },
  });

const busy = (): HttpError =>
  new HttpError('request.busy', 'too many large bodies are being received at once; try again in a moment');

const readBefore = (): HttpError =>
  new HttpError(
    'request.read-before',
    'the host application has read the body before Runlet: mount runlet.callback() itself, before any body parser, as docs/embedding.md has it',
  );

/** HTTP/2 needs neither header. */
const hasBody = ({ headers, stream }: IncomingMessage & Partial<Pick<Http2ServerRequest, 'stream'>>): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] === undefined ? stream?.endAfterHeaders === false : Number(headers['content-length']) > 0);

const requireJson = ({ headers }: IncomingMessage): void => {
  const type = headers['content-type'] ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s";]*)/i.exec(type) ?? [];
  if (!/^application\/json\s*(;|$)/i.test(type) || !/^utf-?8$/i.test(charset)) {
    const found = type === '' ? 'has no content-type' : `is ${quoted(type)}`;
    throw new HttpError('request.media-type', `the body ${found}; send JSON with content-type: application/json`);
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpError(
      'request.media-type',
      `the body is encoded as ${quoted(encoding)}; send it without content-encoding`,
    );
  }
};

/** What a host application read is held to the same. */
const parsedBefore = async ({ body }: HostedRequest): Promise<unknown> => {
  if (body === undefined) throw readBefore();
  if (ArrayBuffer.isView(body)) return parse(requireFewJsonValues(body));
  if (holdsMoreThan(body, LIMITS.bodyValues)) throw tooManyValues();
  return body;
};

const requireFewJsonValues = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer => {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (bytes.length > LIMITS.bodyBytes) throw tooLarge();
  const values = new JsonValues();
  values.add(bytes);
  if (values.count > LIMITS.bodyValues) throw tooManyValues();
  return bytes;
};

/** @param bytes a whole body, not empty */
const parse = async (bytes: Buffer): Promise<unknown> => {
  if (!isUtf8(bytes)) throw new HttpError('request.malformed', 'the body is not UTF-8; send JSON encoded in UTF-8');
  const parser = await loadBodyParser();
  const headers = { 'content-length': String(bytes.length) };
  const ctx = { req: Object.assign(Readable.from(slicesOf(bytes)), { headers }), request: {} } as unknown as Context;
  await parser(ctx, () => Promise.resolve());
  return ctx.request.body;
};

/** Each decoded in a turn of its own. */
async function* slicesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    yield bytes.subarray(at, at + SLICE_BYTES);
  }
}

let bodyParser: Promise<Middleware> | null = null;

/** Loaded late: with all that it brings along it takes a tenth of the start, and the first answers need none of it. */
const loadBodyParser = (): Promise<Middleware> => (bodyParser ??= makeBodyParser());

const makeBodyParser = async (): Promise<Middleware> => {
  const { default: make } = await import('koa-bodyparser');
  return make({
    enableTypes: ['json'],
    jsonLimit: `${LIMITS.bodyBytes}b`,
    detectJSON: () => true,
    strict: false, // so that `"text"` is no syntax error; the schema says that it has to be an object
    onerror: (error) => {
      throw readable(error);
    },
    // Passed on to co-body: a `__proto__` is left to the schema, which names it as an unknown field.
    ...{ onProtoPoisoning: 'ignore' },
  });
};

/** What co-body puts on its errors: the text that is no JSON. */
interface ParserError extends Error {
  readonly body?: string;
}

const readable = (error: ParserError): Error => {
  if (error.body === undefined) return error;
  const { line, column } = jsonErrorPosition(error.body);
  return new HttpError('request.malformed', `the body is not JSON: it breaks off at line ${line}, column ${column}`);
};
