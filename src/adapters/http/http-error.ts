import type { FieldIssue } from '../../domain/errors.js';
import type { EdgeErrorCode } from './contract/error-status.js';

/** A request that the edge refuses. `message` is for a person: what is wrong and what to do. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: EdgeErrorCode;
  readonly issues: readonly FieldIssue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: EdgeErrorCode,
    message: string,
    details: { issues?: readonly FieldIssue[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.code = code;
    this.issues = details.issues;
    this.headers = details.headers ?? {};
  }
}
