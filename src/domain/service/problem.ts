/**
 * What can be wrong with the service itself, by code. `outage`: Runlet cannot do its work, and `/healthz` answers 503. `notice`: an admin
 * should know or decide, and everything works.
 */
export const PROBLEM_KINDS = {
  /** The store does not answer. */
  'store.unavailable': 'outage',
  /** Its files or collections are not where they were. */
  'store.missing': 'outage',
  /** What is stored cannot be read as a database. */
  'store.damaged': 'outage',
  /** Run logs cannot be written. */
  'logs.unwritable': 'outage',
  /** Runs have ended, and the store does not take their ends. */
  'runs.end-not-stored': 'outage',
  /** What the last start of the server left has not been looked through yet. */
  'recovery.pending': 'outage',
  /** Queued runs wait for an admin to say whether they still are to start. */
  'queue.held': 'notice',
} as const satisfies Record<string, 'outage' | 'notice'>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

export const PROBLEM_CODES = Object.keys(PROBLEM_KINDS) as [ProblemCode, ...ProblemCode[]];

export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong and what to do, in one line for a person. */
  readonly message: string;
  readonly since: Date;
}

export const isOutage = ({ code }: Pick<Problem, 'code'>): boolean => PROBLEM_KINDS[code] === 'outage';

/** What would be changed while it stands may be lost. */
export const endangersChanges = ({ code }: Pick<Problem, 'code'>): boolean =>
  code === 'store.missing' || code === 'store.damaged';

/** What a run would print, or how it would end, while it stands may be lost. */
export const endangersRuns = (problem: Pick<Problem, 'code'>): boolean =>
  endangersChanges(problem) || problem.code === 'logs.unwritable';
