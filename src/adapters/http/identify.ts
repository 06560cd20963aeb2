import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Clock } from '../../application/ports/clock.js';
import type { Log } from '../../application/ports/log.js';
import { LIMITS } from '../../domain/limits.js';
import { AuthThrottle } from './auth-throttle.js';
import type { Admitted } from './authenticate.js';
import { clientAddress } from './client-address.js';
import { HttpError } from './http-error.js';
import type { RouteState } from './route-handler.js';

export interface IdentifyNeeds {
  authenticate: (request: IncomingMessage) => Promise<Admitted | null>;
  /** `WWW-Authenticate` of a 401; null when identity is the host application's. */
  challenge: string | null;
  /** Counts wrong credentials in the audit trail. */
  recordAuthFailure: (failure: { address: string | null }) => Promise<void>;
  /** Number of proxies whose `X-Forwarded-…` is believed. */
  trustProxy: number;
  clock: Clock;
  log: Log;
}

/** Lets nobody in who is not known, but to an open route, and puts who it is on `ctx.state.origin`. */
export const identify = (needs: IdentifyNeeds): Middleware<RouteState> => {
  const { authenticate, challenge, trustProxy } = needs;
  const throttle = new AuthThrottle(needs.clock);
  return async (ctx, next) => {
    if (ctx.state.route.isOpen) {
      await next();
      return;
    }
    const address = clientAddress(ctx.req, trustProxy);
    const shown = ctx.get('authorization') !== '';
    const admitted = shown ? await check(needs, throttle, address, ctx) : await authenticate(ctx.req);
    if (!admitted) throw unknownCaller(shown, challenge);
    const actor = { type: admitted.type, name: admitted.name };
    ctx.state.withdrawn = admitted.withdrawn;
    ctx.state.origin = { actor, address, userAgent: ctx.get('user-agent').slice(0, LIMITS.userAgentLength) || null };
    await next();
  };
};

const check = async (
  { authenticate, recordAuthFailure, log }: IdentifyNeeds,
  throttle: AuthThrottle,
  address: string | null,
  ctx: Context,
): Promise<Admitted | null> => {
  const attempt = await throttle.attempt(address ?? '', () => authenticate(ctx.req));
  if ('waitMs' in attempt) throw tooManyFailures(attempt.waitMs);
  if (!attempt.found) {
    await recordAuthFailure({ address }).catch((error: unknown) => {
      log.error({ err: error }, 'wrong credentials could not be written to the audit trail');
    });
  }
  return attempt.found;
};

const unknownCaller = (shown: boolean, challenge: string | null): HttpError => {
  if (challenge === null) return new HttpError(shown ? 'auth.wrong-credentials' : 'auth.required', 'sign in first');
  const headers = { 'www-authenticate': challenge };
  return shown
    ? new HttpError('auth.wrong-credentials', 'the name or the password is wrong', { headers })
    : new HttpError('auth.required', 'sign in with the name and the password of an admin', { headers });
};

const tooManyFailures = (waitMs: number): HttpError => {
  const seconds = Math.ceil(waitMs / 1000);
  const message = `too many wrong passwords came from this address, so that right ones are refused too; try again in ${seconds} s`;
  return new HttpError('auth.throttled', message, { headers: { 'retry-after': String(seconds) } });
};
