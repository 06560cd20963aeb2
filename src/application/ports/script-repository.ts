import type { Script, StoredScript } from '../../domain/script/script.js';

/** Keeps scripts, whole. What is in the store but breaks the rules of a script comes out as `BrokenScript`, never as an error. */
export interface ScriptRepository {
  /** @throws DomainError `script.identifier-taken` when another script has the identifier; then nothing was stored. */
  insert(script: Script): Promise<void>;
  find(id: string): Promise<StoredScript | null>;
  /** Whether there is such a script and nobody has disabled it. Cheap: nothing else of it is read. */
  isEnabled(id: string): Promise<boolean>;
  findByIdentifier(codeIdentifier: string): Promise<StoredScript | null>;
  /** All, by `updatedAt` descending, then id descending. */
  list(): Promise<readonly StoredScript[]>;
  /**
   * Replaces the fields of the script that is stored with `expectedRevision` (0: with none); fields that are not Runlet's are kept.
   * False when the script is gone or has another revision: then nothing was stored.
   * @throws DomainError `script.identifier-taken`
   */
  update(script: Script, expectedRevision: number): Promise<boolean>;
  /** False when it was not there. */
  delete(id: string): Promise<boolean>;
}
