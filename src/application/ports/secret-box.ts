import type { SealedValue } from '../../domain/script/env-entry.js';

/** Where a secret belongs. Sealed for one place it opens in no other. */
export interface SecretPlace {
  readonly scriptId: string;
  /** Of the entry in the script's environment. */
  readonly key: string;
}

/** Keeps secrets from whoever has the store alone. */
export interface SecretBox {
  seal(value: string, place: SecretPlace): Promise<SealedValue>;
  /** @throws DomainError `secret.unreadable` when its key is not here, or it was changed or sealed for another place. */
  open(sealed: SealedValue, place: SecretPlace): Promise<string>;
  /** Whether it was sealed with a key that is here. */
  knows(sealed: SealedValue): boolean;
  /** Whether it was sealed with the key that new secrets are sealed with. */
  isCurrent(sealed: SealedValue): boolean;
}
