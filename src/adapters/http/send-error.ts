import type { ServerResponse } from 'node:http';
import { ERROR_STATUS } from './contract/error-status.js';
import type { ApiError } from './contract/errors.js';

/** Answers an error where no Koa does: before the start, and in place of a host application. */
export const sendError = (
  res: ServerResponse,
  error: ApiError,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const json = JSON.stringify(error);
  res.writeHead(ERROR_STATUS[error.code], {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  res.end(json);
};
