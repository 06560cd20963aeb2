import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EdgeErrorCode } from '../contract/error-status.js';
import { sendError } from '../send-error.js';

export interface ExpressApp {
  use(path: string, handler: typeof refuseUnparsed): unknown;
}

/** How to mount Runlet before a body parser, for a person. */
export const MOUNT_FIRST =
  "mount Runlet before the body parser: app.use('/ops', runlet.callback()), then app.use(express.json())";

/** What body-parser says in `type`; whatever else has gone wrong before Runlet is the host application's business. */
const CODES: Readonly<Record<string, EdgeErrorCode>> = {
  'entity.too.large': 'request.too-large',
  'entity.parse.failed': 'request.malformed',
  'request.size.invalid': 'request.malformed',
  'charset.unsupported': 'request.media-type',
  'encoding.unsupported': 'request.media-type',
};

/** An error handler of Express (it has four parameters): answers what a body parser before Runlet has refused, as JSON. */
export const refuseUnparsed = (
  error: unknown,
  _req: IncomingMessage,
  res: ServerResponse,
  next: (error: unknown) => void,
): void => {
  const { type, message } = error as { type?: unknown; message?: unknown };
  const code = typeof type === 'string' ? CODES[type] : undefined;
  if (code === undefined || res.headersSent) next(error);
  else
    sendError(res, {
      error: `the host application could not read the body (${String(message)}); ${MOUNT_FIRST}`,
      code,
    });
};
