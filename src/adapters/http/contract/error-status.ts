import type { ErrorCode } from '../../../domain/errors.js';

/** What the edge itself refuses, before a use case. */
export type EdgeErrorCode =
  | 'request.malformed'
  | 'request.invalid'
  | 'request.cross-site'
  | 'request.too-large'
  | 'request.media-type'
  | 'request.timeout'
  | 'request.busy'
  | 'request.headers-too-large'
  | 'request.read-before'
  | 'route.not-found'
  | 'route.method'
  | 'auth.required'
  | 'auth.wrong-credentials'
  | 'auth.throttled'
  | 'auth.busy'
  | 'streams.too-many'
  | 'internal';

export type ApiErrorCode = ErrorCode | EdgeErrorCode;

/** The HTTP status of every error. */
export const ERROR_STATUS = {
  'request.malformed': 400,
  'request.invalid': 400,
  'script.invalid': 400,
  'events.not-given-yet': 400,
  'auth.required': 401,
  'auth.wrong-credentials': 401,
  'request.cross-site': 403,
  'route.not-found': 404,
  'script.not-found': 404,
  'run.not-found': 404,
  'route.method': 405,
  'request.timeout': 408,
  'script.identifier-taken': 409,
  'script.revision-conflict': 409,
  'script.in-use': 409,
  'script.disabled': 409,
  'script.not-server-side': 409,
  'script.not-browser': 409,
  'secret.unreadable': 409,
  'run.ended': 409,
  'run.not-ended': 409,
  'run.unreadable': 409,
  'run.not-reported-here': 409,
  'run.report-out-of-order': 409,
  'run.illegal-transition': 409,
  'queue.not-held': 409,
  'request.too-large': 413,
  'request.media-type': 415,
  'idempotency.key-reused': 422,
  'auth.throttled': 429,
  'streams.too-many': 429,
  'request.headers-too-large': 431,
  internal: 500,
  'request.read-before': 500,
  'auth.busy': 503,
  'request.busy': 503,
  'queue.full': 503,
  'run.out-of-reach': 503,
  'server.stopping': 503,
  'store.unavailable': 503,
} as const satisfies Record<ApiErrorCode, number>;
