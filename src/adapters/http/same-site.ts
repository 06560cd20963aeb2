import type { IncomingMessage } from 'node:http';
import { quoted } from '../../domain/text.js';
import { HttpError } from './http-error.js';

export interface OwnAddress {
  /** What `Origin` is compared with; null: the request's Host. */
  readonly publicUrl: URL | null;
  /** Number of proxies whose `X-Forwarded-…` is believed. */
  readonly trustProxy: number;
}

/**
 * Browsers send Basic credentials with what any other site makes them send. They also say where a request comes from; programs such as
 * curl say nothing and pass. @throws HttpError `request.cross-site`
 */
export const requireSameSite = ({ headers }: IncomingMessage, own: OwnAddress): void => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw crossSite(`Sec-Fetch-Site: ${quoted(site)}`, own);
  }
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers, own)) {
    throw crossSite(`Origin: ${quoted(headers.origin)}`, own);
  }
};

/** The host, with its port, that the client asked for. */
export const requestedHost = (headers: IncomingMessage['headers'], trustProxy: number): string => {
  const forwarded = trustProxy > 0 ? headers['x-forwarded-host'] : undefined;
  return String(forwarded ?? hostOf(headers)).trim();
};

/** Empty where there is none. HTTP/2 has it in a field of its own. */
export const hostOf = (headers: IncomingMessage['headers']): string =>
  String(headers[':authority'] ?? headers.host ?? '');

const isOwnOrigin = (
  text: string,
  headers: IncomingMessage['headers'],
  { publicUrl, trustProxy }: OwnAddress,
): boolean => {
  const origin = URL.canParse(text) ? new URL(text) : null;
  if (!origin || !/^https?:$/.test(origin.protocol)) return false;
  if (publicUrl) return origin.origin === publicUrl.origin;
  const own = `${origin.protocol}//${requestedHost(headers, trustProxy)}`; // whether TLS ends before us cannot be seen
  return URL.canParse(own) && new URL(own).host === origin.host;
};

const crossSite = (sign: string, { publicUrl }: OwnAddress): HttpError => {
  const hint = publicUrl
    ? `open Runlet at ${publicUrl.origin}`
    : 'open Runlet at its own address, and behind a proxy set PUBLIC_URL to it';
  return new HttpError('request.cross-site', `the request comes from another site (${sign}); ${hint}`);
};
