import type { FinalStatus, Leftover, Reason, Signalled } from './script-run.js';

/** What a runner reports when nothing of the script is left to wait for. */
export type RunOutcome =
  | {
      readonly kind: 'exited';
      /** Null when a signal ended it. */
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly leftovers: readonly Leftover[];
      /** Left out when there was nothing to end. */
      readonly signalled?: Signalled;
      /** JSON value that the script ended with. */
      readonly result?: unknown;
      /** Why the runner itself ended the script; `internal`: Runlet failed at it, and whether it did its work is not known. */
      readonly reason?: 'memory' | 'internal';
      readonly message?: string;
    }
  | {
      /** Of a browser script: what its page told, or that it told nothing any more. */
      readonly kind: 'reported';
      readonly status: FinalStatus;
      readonly reason: Extract<Reason, 'exit-code' | 'timeout' | 'canceled' | 'interrupted'> | null;
      /** 0 or 1 where it came to its own end, as with vm2. */
      readonly exitCode: number | null;
      readonly message?: string;
      readonly result?: unknown;
    }
  | {
      readonly kind: 'not-started';
      readonly reason: 'cwd-missing' | 'secret-unreadable' | 'spawn-failed';
      readonly message: string;
    };

/** Why Runlet began to end a run. */
export type EndingCause = 'timeout' | 'canceled' | 'shutdown';

export interface Verdict {
  readonly status: FinalStatus;
  readonly reason: Reason | null;
  readonly message: string | null;
}

/**
 * What a run ends as.
 * @param lost why its log is not whole though the cap was not reached; null when it is. No success is told of a run nobody can read up on.
 */
export const judgeWithLog = (outcome: RunOutcome, ending: EndingCause | null, lost: string | null): Verdict => {
  const verdict = judge(outcome, ending);
  if (lost === null) return verdict;
  return verdict.status === 'succeeded'
    ? { status: 'failed', reason: 'log-lost', message: lost }
    : { ...verdict, message: verdict.message ?? lost };
};

/** What a run ends as. One that had begun to be ended is `timed_out` or `canceled` whatever its exit code. */
export const judge = (outcome: RunOutcome, ending: EndingCause | null): Verdict => {
  const message = outcome.message ?? null;
  if (ending === 'timeout') return { status: 'timed_out', reason: 'timeout', message };
  if (ending !== null) return { status: 'canceled', reason: ending, message };
  if (outcome.kind === 'not-started') return { status: 'failed', reason: outcome.reason, message };
  if (outcome.kind === 'reported') return { status: outcome.status, reason: outcome.reason, message };
  if (outcome.reason) return { status: 'failed', reason: outcome.reason, message };
  if (outcome.signal !== null) return { status: 'failed', reason: 'signal', message };
  return outcome.exitCode === 0
    ? { status: 'succeeded', reason: null, message }
    : { status: 'failed', reason: 'exit-code', message };
};
