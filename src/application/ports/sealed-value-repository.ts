import type { SealedValue } from '../../domain/script/env-entry.js';

/** A sealed value and where it is kept. */
export interface StoredSecret {
  readonly scriptId: string;
  /** Null when the stored script has none that can be read. */
  readonly scriptName: string | null;
  /** Null for the script as it is now. */
  readonly revision: number | null;
  /** In the environment. */
  readonly index: number;
  readonly key: string;
  readonly sealed: SealedValue;
}

/** The sealed values in the store by themselves, for what concerns their keys. */
export interface SealedValueRepository {
  /** Of all scripts as they are now, or of all their revisions. Those of broken scripts are among them. */
  list(of: 'scripts' | 'revisions'): Promise<readonly StoredSecret[]>;
  /** Puts `next` in its place; false when something else is there by now. Nothing else of the script changes. */
  replace(secret: StoredSecret, next: SealedValue): Promise<boolean>;
}
