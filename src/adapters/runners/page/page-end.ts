import type { PageEnd } from '../../../application/ports/page-reports.js';
import { LIMITS } from '../../../domain/limits.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { utf8Length } from '../../../domain/text.js';
import { isTooDeep, tooDeep, tooLarge } from '../kept-result.js';

/** The end that a page reports. Like a vm2 script, one that throws has exit code 1. */
export const toOutcome = (end: PageEnd): RunOutcome => {
  const { message = problemOf(end.result), result } = end;
  return {
    kind: 'reported',
    status: end.status,
    ...WHY[end.status],
    ...(message !== undefined && { message }),
    ...(result === undefined || problemOf(result) !== undefined ? {} : { result }),
  };
};

const WHY = {
  succeeded: { reason: null, exitCode: 0 },
  failed: { reason: 'exit-code', exitCode: 1 },
  timed_out: { reason: 'timeout', exitCode: null },
  canceled: { reason: 'canceled', exitCode: null },
} as const;

const problemOf = (result: unknown): string | undefined => {
  if (isTooDeep(result)) return tooDeep();
  const bytes = result === undefined ? 0 : utf8Length(JSON.stringify(result));
  return bytes > LIMITS.resultBytes ? tooLarge(String(bytes), LIMITS.resultBytes) : undefined;
};
