import type { ApiErrorCode } from '../../adapters/http/contract/error-status.js';
import type { ApiError as ApiErrorBody } from '../../adapters/http/contract/errors.js';
import { showBidiControls } from '../format/bidi-controls.js';

/** What the edge of the page adds: the server was not reached, or something else answered in its place. */
export type ClientErrorCode = 'network' | 'unexpected-answer';

type Issue = NonNullable<ApiErrorBody['issues']>[number];

/** A request that did not succeed. `message` is for the admin: what is wrong and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: ApiErrorCode | ClientErrorCode;
  /** Messages for single fields; `path` is dotted: `env.0.key`. */
  readonly issues: readonly Issue[];
  /** The number that would have been right. */
  readonly expected: number | undefined;
  /** The present state, with a conflict. */
  readonly item: ApiErrorBody['item'];

  constructor(status: number, code: ApiErrorCode | ClientErrorCode, message: string, body: Partial<ApiErrorBody> = {}) {
    super(showBidiControls(message)); // it may quote what somebody typed
    this.status = status;
    this.code = code;
    this.issues = body.issues ?? [];
    this.expected = body.expected;
    this.item = body.item;
  }
}

export const isApiError = (error: unknown, ...codes: readonly ApiError['code'][]): error is ApiError =>
  error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));

/** Whether a request was given up by its own `signal`: nothing to tell anybody. */
export const isAborted = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

/** For a person, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
