import { randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Log } from '../../application/ports/log.js';
import type { BrokenRun } from '../../application/ports/run-repository.js';
import { isDomainError } from '../../domain/errors.js';
import type { ScriptRun } from '../../domain/run/script-run.js';
import type { StoredScript } from '../../domain/script/script.js';
import { ERROR_STATUS } from './contract/error-status.js';
import type { ApiError } from './contract/errors.js';
import { answerPageOfError, wantsPage } from './error-page.js';
import { HttpError } from './http-error.js';
import { presentRun } from './present-run.js';
import { presentScript } from './present-script.js';

const RETRY_AFTER_S = '5';

/** Answers what is thrown further in as the one JSON shape of errors, or to a browser as a page. What nobody expected is logged under a reference that the caller sees. */
export const answerErrors =
  (log: Log): Middleware =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const body = toApiError(error) ?? unexpected(error, log);
      ctx.status = ERROR_STATUS[body.code];
      if (ctx.status === 503) ctx.set('retry-after', RETRY_AFTER_S);
      if (error instanceof HttpError) ctx.set({ ...error.headers });
      if (wantsPage(ctx)) answerPageOfError(ctx, body);
      else ctx.body = body;
    }
  };

const toApiError = (error: unknown): ApiError | null => {
  if (!(error instanceof HttpError) && !isDomainError(error)) return null;
  const { message, code, issues } = error;
  const present = isDomainError(error)
    ? (error.present as StoredScript | ScriptRun | BrokenRun | undefined)
    : undefined;
  return {
    error: message,
    code,
    ...(issues && { issues: [...issues] }),
    ...(isDomainError(error) && error.expected !== undefined && { expected: error.expected }),
    ...(present && { item: isScript(present) ? presentScript(present) : presentRun(present) }),
  };
};

const unexpected = (error: unknown, log: Log): ApiError => {
  const reference = randomBytes(6).toString('hex');
  log.error({ err: error, reference }, 'a request failed');
  return { error: `something went wrong inside Runlet; its log says what, under ${reference}`, code: 'internal' };
};

const isScript = (present: StoredScript | ScriptRun | BrokenRun): present is StoredScript => 'revision' in present;
