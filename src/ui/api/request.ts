import type { ApiError as ApiErrorBody } from '../../adapters/http/contract/errors.js';
import { apiAddress } from '../app/addresses.js';
import { serverClock } from '../platform/server-clock.js';
import { reportAnswer, reportNoAnswer } from './connection.js';
import { ApiError } from './api-error.js';
import { readAddress } from './read-address.js';

/** Ends a request that is no longer wanted. */
export interface Cancelable {
  readonly signal?: AbortSignal;
}

/** Values that are undefined or empty are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

interface Options extends Cancelable {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the server may work before it answers a GET. */
  readonly worksMs?: number;
  /** Outlives the page that sends it. */
  readonly keepalive?: boolean;
}

/**
 * Calls the API. @param path below `/api/admin/`
 * @throws ApiError for every answer but success, and with status 0 when none came; AbortError when `signal` ended it
 */
export const request = async <Answer>(method: string, path: string, options: Options = {}): Promise<Answer> =>
  answerOf(await send(method, path, options), options);

/** For what is read again and again: an answer that is still the same is not sent again. */
export const makeRereading = <Answer>(path: string, query: Query): ((options?: Cancelable) => Promise<Answer>) => {
  let known: { readonly etag: string; readonly answer: Answer } | null = null;
  return async (options = {}) => {
    const before = known;
    const headers: Record<string, string> = before ? { 'if-none-match': before.etag } : {};
    const response = await send('GET', path, { query, headers, ...options });
    if (response.status === 304 && before) {
      reportAnswer(null);
      return before.answer;
    }
    const answer = await answerOf<Answer>(response, options);
    const etag = response.headers.get('etag');
    known = etag === null ? null : { etag, answer };
    return answer;
  };
};

const answerOf = async <Answer>(response: Response, options: Cancelable): Promise<Answer> => {
  const json = await readJson(response, options);
  if (response.ok && json !== undefined) {
    reportAnswer(null);
    return json as Answer;
  }
  const error = toError(response, json);
  reportAnswer(error);
  throw error;
};

/** Where a file of the API is, for links. */
export const addressOf = (path: string, query: Query = {}): string => apiAddress(path) + queryText(query);

const send = async (
  method: string,
  path: string,
  { query, headers, body, signal, keepalive, worksMs = 0 }: Options,
): Promise<Response> => {
  const address = addressOf(path, query);
  try {
    const init: RequestInit = {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      ...(keepalive && { keepalive }),
    };
    const began = performance.now();
    const response = await (method === 'GET' ? readAddress(address, init, worksMs, noAnswer) : fetch(address, init));
    if (response.ok || response.status === 304)
      serverClock.note(response.headers.get('date'), performance.now() - began);
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw noAnswer();
  }
};

const noAnswer = (): ApiError => {
  const lost = new ApiError(0, 'network', 'the server does not answer; it may be stopped, or the network may be down');
  reportNoAnswer(lost);
  return lost;
};

const readJson = async (response: Response, { signal }: Cancelable): Promise<unknown> => {
  if (!(response.headers.get('content-type') ?? '').startsWith('application/json')) return undefined;
  return response.json().catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    if (signal?.aborted) throw error;
    throw noAnswer();
  });
};

const toError = (response: Response, json: unknown): ApiError => {
  if (isErrorBody(json)) return new ApiError(response.status, json.code, json.error, json);
  return new ApiError(
    response.status,
    'unexpected-answer',
    `something else than Runlet answered (status ${response.status}); a proxy or a sign-in page may be in between`,
  );
};

const isErrorBody = (json: unknown): json is ApiErrorBody =>
  typeof json === 'object' && json !== null && 'error' in json && 'code' in json;

const queryText = (query: Query): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
};
