import type { AuditEvent } from '../../domain/audit/audit-event.js';
import type { Script, StoredScript } from '../../domain/script/script.js';

/**
 * Keeps scripts, whole. What is in the store but breaks the rules of a script comes out as `BrokenScript`, never as an error.
 *
 * Each change stores the script, its revision and the audit event together: all of them or nothing. Once the promise resolves they are
 * certain, though the last of them may be written a moment later; `Store.mend` completes what a crash cuts in two.
 */
export interface ScriptRepository {
  /** @throws DomainError `script.identifier-taken` when another script has the identifier; then nothing was stored. */
  insert(script: Script, event: AuditEvent): Promise<void>;
  find(id: string): Promise<StoredScript | null>;
  /** Whether there is such a script and nobody has disabled it. Cheap: nothing else of it is read. */
  isEnabled(id: string): Promise<boolean>;
  findByIdentifier(codeIdentifier: string): Promise<StoredScript | null>;
  /**
   * All that there are when the first batch is asked for, by `updatedAt` descending, then id descending. A batch has some 256 KiB, or one
   * script. What changes meanwhile comes once, as it is when its batch is read; what is deleted meanwhile may be missing.
   */
  list(): AsyncIterable<readonly StoredScript[]>;
  /**
   * Replaces the fields of the script that is stored with `expectedRevision` (0: with none); fields that are not Runlet's are kept.
   * False when the script is gone or has another revision: then nothing was stored.
   * @param event null where nobody asked for the change: the first revision of a script that another application wrote.
   * @throws DomainError `script.identifier-taken`
   */
  update(script: Script, expectedRevision: number, event: AuditEvent | null): Promise<boolean>;
  /** Deletes its revisions too. False when it was not there; then no event is stored. */
  delete(id: string, event: AuditEvent): Promise<boolean>;
}
