import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import type { Context, Middleware } from 'koa';

/** Event streams are none of these. */
const COMPRESSED: ReadonlySet<string> = new Set(['application/json', 'text/plain', 'text/html']);
/** A smaller answer fits into one packet as it is. */
const SMALL_BYTES = 1024;
/** 64 KiB for each answer that waits for its client, where zlib would take 256. */
const MEMORY = { windowBits: 13, memLevel: 6 };

/** Compresses JSON and text for clients that take gzip. */
export const compressAnswers: Middleware = async (ctx, next) => {
  await next();
  const body: unknown = ctx.body;
  const isStream = body instanceof Readable;
  if (!isStream && typeof body !== 'string' && !Buffer.isBuffer(body)) return;
  if (!COMPRESSED.has(ctx.response.type) || ctx.res.hasHeader('content-encoding')) return;
  ctx.vary('accept-encoding');
  if (!isStream && Buffer.byteLength(body) < SMALL_BYTES) return;
  if (ctx.acceptsEncodings('gzip', 'identity') !== 'gzip' || isFromAnotherSite(ctx)) return;
  if (isStream) {
    if (ctx.method === 'HEAD') return;
    tellOf(ctx);
    const zipped = createGzip(MEMORY);
    // An error of either ends both; Koa, which has the last of them, logs it.
    ctx.body = pipeline(body, zipped, () => undefined);
    ctx.flushHeaders(); // what goes wrong from here on cuts the answer off, as it does without compression
  } else {
    tellOf(ctx);
    ctx.body = await compress(body);
  }
};

const compress = promisify<string | Buffer, Buffer>(gzip);

const tellOf = (ctx: Context): void => {
  ctx.set('content-encoding', 'gzip');
  const etag = ctx.res.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) ctx.set('etag', `W/${etag}`);
};

/** The length of what is compressed tells of its contents, and another site can see it of answers to requests that it makes a browser send. */
const isFromAnotherSite = (ctx: Context): boolean => !['', 'same-origin', 'none'].includes(ctx.get('sec-fetch-site'));
