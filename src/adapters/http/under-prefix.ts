import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { quoted } from '../../domain/text.js';
import { HttpError } from './http-error.js';

/** Routes see the path that follows `prefix`. A host application may have cut it off already, which leaves `originalUrl` whole. */
export const underPrefix =
  (prefix: string): Middleware =>
  async (ctx, next) => {
    const req = ctx.req as IncomingMessage & { originalUrl?: string };
    const given = ctx.url;
    try {
      ctx.url = req.originalUrl ?? given;
      const { path } = ctx;
      if (path !== prefix && !path.startsWith(`${prefix}/`)) {
        throw new HttpError('route.not-found', `there is nothing at ${quoted(path)}; Runlet is at ${prefix}/`);
      }
      ctx.path = path.slice(prefix.length) || '/';
      await next();
    } finally {
      ctx.url = given;
    }
  };
