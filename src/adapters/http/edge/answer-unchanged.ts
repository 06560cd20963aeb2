import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/** Gives an answer that was made whole an ETag, and answers 304 in its place where the client has it. What is streamed stays as it is. */
export const answerUnchanged = (ctx: Context): void => {
  if (!Buffer.isBuffer(ctx.body)) return;
  const tag = `"${createHash('sha256').update(ctx.body).digest('base64url').slice(0, 22)}"`;
  ctx.set('etag', `W/${tag}`);
  // Not `ctx.fresh`: browsers add `cache-control: no-cache` to a request of a page that has its own If-None-Match.
  if (ctx.get('if-none-match').includes(tag)) ctx.status = 304;
};
