import type { ProblemCode } from '../../domain/service/problem.js';
import type { AuditRepository } from './audit-repository.js';
import type { KeyedStartRepository } from './keyed-start-repository.js';
import type { RunLog } from './run-log.js';
import type { RunRepository } from './run-repository.js';
import type { ScriptRepository } from './script-repository.js';
import type { ScriptRevisionRepository } from './script-revision-repository.js';
import type { SealedValueRepository } from './sealed-value-repository.js';

/** Something that is wrong with a store. `message` says in one line what, and what to do. */
export interface StoreFinding {
  readonly code: Extract<ProblemCode, `store.${string}` | 'logs.unwritable'>;
  readonly message: string;
}

export interface StoreExamination {
  /** What is wrong now. */
  readonly problems: readonly StoreFinding[];
  /** What was wrong and is mended, a sentence each. */
  readonly mended: readonly string[];
}

/** Everything durable, opened together. Methods reject with DomainError `store.unavailable` while it does not answer. */
export interface Store {
  /** As `/api/admin/system` names it. */
  readonly kind: 'memory' | 'sqlite' | 'mongodb';
  readonly scripts: ScriptRepository;
  readonly revisions: ScriptRevisionRepository;
  readonly sealedValues: SealedValueRepository;
  readonly runs: RunRepository;
  readonly keyedStarts: KeyedStartRepository;
  readonly audit: AuditRepository;
  readonly runLog: RunLog;
  /** Resolves when the store answers, rejects when it does not. */
  ping(): Promise<void>;
  /**
   * Completes what a crash cut in two, of this server or of another one: the events, revisions and deletions that belong to a change that is
   * stored. Changes nothing else, and may be called beside servers that are at work. Resolves at once where there is nothing to complete.
   */
  mend(): Promise<void>;
  /**
   * Looks whether all that it keeps is where it was and can be used, and makes again what can be made safely. It costs so little that it
   * is done every few seconds.
   * @throws DomainError `store.unavailable`
   */
  examine(): Promise<StoreExamination>;
  /** Gives back a slice of the space that deletions have freed, where the store does not do so itself. True while there is more. */
  reclaim(): Promise<boolean>;
  close(): Promise<void>;
}
