import type { Middleware } from 'koa';
import { quoted } from '../../domain/text.js';
import { HttpError } from './http-error.js';
import type { HostedRequest } from './mounting/request-handler.js';

/** Routes see the path that follows `prefix`. A host application may have cut it off already, which leaves `originalUrl` whole. */
export const underPrefix =
  (prefix: string): Middleware =>
  async (ctx, next) => {
    const given = ctx.url;
    const cutPath = ctx.path;
    try {
      ctx.url = (ctx.req as HostedRequest).originalUrl ?? given;
      const { path } = ctx;
      if (path !== prefix && !path.startsWith(`${prefix}/`)) {
        const mountPath = path.endsWith(cutPath) ? path.slice(0, path.length - cutPath.length) : '';
        throw new HttpError('route.not-found', `there is nothing at ${quoted(path)}; ${howToMount(prefix, mountPath)}`);
      }
      ctx.path = path.slice(prefix.length) || '/';
      await next();
    } finally {
      ctx.url = given;
    }
  };

const howToMount = (prefix: string, mountPath: string): string =>
  mountPath === ''
    ? `Runlet is at ${prefix}/, and a framework that cuts ${prefix} off has to be given runlet.callback() itself`
    : `Runlet is mounted at ${quoted(mountPath)}, which its prefix has to be too: createRunlet(settings, { prefix })`;
