import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_STATUS } from './contract/error-status.js';
import type { ApiError } from './contract/errors.js';

/** Longer than clients and proxies keep an idle connection (nginx 60 s, AWS load balancers 60 s), so that they close it, not we. */
const KEEP_ALIVE_MS = 75_000;
/** A line and its headers are small: whoever takes longer means to hold the connection. */
const HEADERS_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Beyond the time limit of the body, whose answer is the better one. */
const REQUEST_GRACE_MS = 5000;
const CHECK_EVERY_MS = 5000;

/**
 * A server whose connections nobody can hold by sending slowly. Answers, event streams among them, may take as long as they like.
 * @param requestTimeoutMs how long a body may take; a header may take this or 15 s, whichever is less
 */
export const createOwnServer = (
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  { requestTimeoutMs }: { requestTimeoutMs: number },
): Server => {
  const headersTimeout = Math.min(HEADERS_MS, requestTimeoutMs);
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout,
      requestTimeout: headersTimeout + requestTimeoutMs + REQUEST_GRACE_MS,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, Math.ceil(headersTimeout / 4)),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    handle,
  );
  server.on('clientError', refuse);
  return server;
};

/** Answers what never became a request in the one JSON shape of errors. */
const refuse = (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: { headersSent: boolean } }): void => {
  // After the beginning of an answer a second one would be taken for a part of it.
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const body = apiErrorOf(error);
  const json = JSON.stringify(body);
  const status = ERROR_STATUS[body.code];
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(json)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${json}`,
    () => socket.destroy(),
  );
};

const apiErrorOf = ({ code = '' }: NodeJS.ErrnoException): ApiError => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { error: 'the request did not come in time (REQUEST_TIMEOUT_MS)', code: 'request.timeout' };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { error: `the headers are larger than ${MAX_HEADER_BYTES / 1024} KiB`, code: 'request.headers-too-large' };
  }
  return { error: 'this is no HTTP request', code: 'request.malformed' };
};
