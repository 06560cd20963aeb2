import type { Context } from 'koa';
import type { HostedRequest } from '../mounting/request-handler.js';

const CONSOLE = '/admin/scripts';

/**
 * The way to the console from `/`, `/admin` or `/admin/`. Relative to the address that the client asked for, so that it is right behind a
 * proxy that cuts off a path of its own.
 */
export const toConsole = ({ req, originalUrl, path }: Pick<Context, 'req' | 'originalUrl' | 'path'>): string => {
  const [asked = ''] = ((req as HostedRequest).originalUrl ?? originalUrl).split('?', 1);
  const last = asked.slice(asked.lastIndexOf('/') + 1);
  const rest = CONSOLE.slice(path.replace(/\/$/, '').length + 1);
  return last === '' ? `./${rest}` : `./${last}/${rest}`;
};
