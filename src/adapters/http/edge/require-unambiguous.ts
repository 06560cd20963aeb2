import type { Middleware } from 'koa';
import { HttpError } from '../http-error.js';
import type { HostedRequest } from '../mounting/request-handler.js';
import { hostOf } from '../same-site.js';

/** Node takes the first of several and a proxy may take another. The other headers that decide something are joined, and fit no rule. */
const ONCE: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type']);
/** What an authority is written with (RFC 3986), a user before it left out. */
const AUTHORITY = /^[\w.~%!$&'()*+;=:[\]-]*$/;
const ABSOLUTE_FORM = /^([a-z][a-z0-9+.-]*:)\/\//i;

/**
 * Refuses requests that a proxy and we may read differently: a header given twice, a Host that is none, a request target that names
 * another host than the Host header. @throws HttpError `request.malformed`
 */
export const requireUnambiguous: Middleware = async ({ req }, next) => {
  requireOnce(req.rawHeaders);
  requireOneHost(req);
  await next();
};

const requireOnce = (rawHeaders: readonly string[]): void => {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) throw malformed(`the header ${name} is given twice; send it once`);
    seen.add(name);
  }
};

const requireOneHost = (req: HostedRequest): void => {
  const host = hostOf(req.headers);
  if (!AUTHORITY.test(host)) throw malformed('the header host is no host');
  const { host: header = host } = req.headers;
  const target = req.originalUrl ?? req.url ?? '';
  const [, scheme] = ABSOLUTE_FORM.exec(target) ?? [];
  if (header !== host || (scheme !== undefined && hostOfUrl(target) !== hostOfUrl(`${scheme}//${host}`))) {
    throw malformed('the address that is asked for and the header host name different hosts');
  }
};

const hostOfUrl = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

const malformed = (message: string): HttpError => new HttpError('request.malformed', message);
