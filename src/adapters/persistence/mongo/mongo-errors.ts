import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';

/** MongoDB did not answer in time. */
export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/** Whether the same call may succeed later, with nothing changed but the state of MongoDB or the way to it. */
export const isUnavailable = (error: unknown): boolean => {
  if (UNAVAILABLE.some((type) => error instanceof type)) return true;
  if (error instanceof Error && DRIVER_TIMEOUTS.has(error.name)) return true;
  if (!(error instanceof MongoServerError)) return isNetworkError(error);
  const wrapped = wrappedIn(error);
  return wrapped
    ? isUnavailable(wrapped)
    : UNAVAILABLE_CODES.has(Number(error.code)) || error.hasErrorLabel(MongoErrorLabel.RetryableWriteError);
};

/** Whether MongoDB is there but does not let us in. */
export const isRefused = (error: unknown): boolean =>
  error instanceof MongoServerError && REFUSED.has(Number(error.code));

/** Whether the user that Runlet is may not do what it has to. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === UNAUTHORIZED;

/** @param field that is in the unique index; any unique index where it is absent. */
export const isDuplicateKey = (error: unknown, field?: string): boolean => {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) return false;
  if (field === undefined) return true;
  // Not every server that speaks the protocol gives the pattern; all name the fields in the message.
  const pattern: unknown = error.keyPattern;
  return typeof pattern === 'object' && pattern !== null ? field in pattern : error.message.includes(`${field}: `);
};

const DUPLICATE_KEY = 11000;

const UNAVAILABLE = [
  DeadlineError,
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoTopologyClosedError,
  MongoServerClosedError,
  MongoClientClosedError,
  MongoNotConnectedError,
] as const;

/** Errors of the connection pool, which the driver does not export. */
const DRIVER_TIMEOUTS: ReadonlySet<string> = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError']);

const UNAUTHORIZED = 13;

/** With AuthenticationFailed, and what Atlas says. */
const REFUSED: ReadonlySet<number> = new Set([UNAUTHORIZED, 18, 8000]);

/** Fail-over, shutdown, time limits, a disk that is full: from MongoDB's list of error codes. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  ...REFUSED,
  6,
  7,
  50,
  64,
  89,
  91,
  134,
  189,
  262,
  9001,
  10107,
  11600,
  11602,
  13388,
  13435,
  13436,
  14031,
]);

/** An outage in the midst of many writes comes as a bulk error around the real one. */
const wrappedIn = (error: MongoServerError): Error | null => {
  const inner: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : null;
  return inner instanceof Error ? inner : null;
};

/** The driver hands some errors of Node on as they are: those of the DNS (`mongodb+srv://`), and of a socket whose other end is gone. */
const isNetworkError = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (('syscall' in error && /^(query|getaddrinfo)/.test(String(error.syscall))) ||
    ('code' in error && NETWORK_CODES.test(String(error.code))));

const NETWORK_CODES =
  /^(EPIPE|ECONN(RESET|REFUSED|ABORTED)|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|ENETRESET|ERR_STREAM_\w+|ERR_SOCKET_\w+)$/;
