import type { Middleware } from 'koa';

/** What every answer carries. A page that needs more than nothing sets a content-security-policy of its own. */
export const securityHeaders = (hstsMaxAge: number | null): Middleware => {
  const headers: Record<string, string> = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(hstsMaxAge !== null && { 'strict-transport-security': `max-age=${hstsMaxAge}` }),
  };
  return async (ctx, next) => {
    ctx.set(headers);
    await next();
  };
};
