/** Every way in which a rule of Runlet can refuse. The HTTP adapter gives each a status; a new one does not compile without. */
export type ErrorCode =
  | 'script.not-found'
  | 'script.invalid'
  | 'script.identifier-taken'
  | 'script.revision-conflict'
  | 'script.in-use'
  | 'script.disabled'
  | 'script.not-server-side'
  | 'script.not-browser'
  | 'secret.unreadable'
  | 'run.not-found'
  | 'run.ended'
  | 'run.not-ended'
  | 'run.out-of-reach'
  | 'run.unreadable'
  | 'run.not-reported-here'
  | 'run.report-out-of-order'
  | 'run.illegal-transition'
  | 'events.not-given-yet'
  | 'idempotency.key-reused'
  | 'queue.full'
  | 'queue.not-held'
  | 'server.stopping'
  | 'store.unavailable';

/** What is wrong with one field. `path` is dotted, as in the request: `env.0.key`. */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

/** A broken rule. `message` is for a person: what is wrong and what to do. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[] | undefined;
  /** The present state that the request conflicts with. */
  readonly present: unknown;
  /** The number that would have been right. */
  readonly expected: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: { issues?: readonly FieldIssue[]; present?: unknown; expected?: number } = {},
  ) {
    super(message);
    this.expected = details.expected;
    this.code = code;
    this.issues = details.issues;
    this.present = details.present;
  }
}

export const isDomainError = (error: unknown, code?: ErrorCode): error is DomainError =>
  error instanceof DomainError && (code === undefined || error.code === code);
