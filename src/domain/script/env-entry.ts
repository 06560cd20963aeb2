/** A secret as it is kept. It is opened only where its script is executed. */
export interface SealedValue {
  /** Of the key it was sealed with. */
  readonly keyId: string;
  readonly ciphertext: string;
  /** Length of the value in UTF-8. */
  readonly bytes: number;
}

/** Names no key: the value was given up, and its script waits for a new one. */
export const LOST_KEY_ID = 'lost';

export interface PlainEnvEntry {
  readonly key: string;
  readonly value: string;
}

export interface SecretEnvEntry {
  readonly key: string;
  readonly secret: true;
  readonly sealed: SealedValue;
}

export type EnvEntry = PlainEnvEntry | SecretEnvEntry;

/** A secret that is about to be sealed. */
export interface UnsealedEnvEntry extends PlainEnvEntry {
  readonly secret: true;
}

/** As callers give it. A secret without a value, and any entry with an empty one, stands for the secret that is kept under the same key. */
export interface GivenEnvEntry {
  readonly key: string;
  readonly value?: string | undefined;
  readonly secret?: boolean | undefined;
}

export const isSealed = (entry: GivenEnvEntry | EnvEntry): entry is SecretEnvEntry => 'sealed' in entry;

/**
 * `given` with the secrets of `present` in place of those that have no value of their own. A page that knows nothing of secrets sends an empty
 * value back; only `secret: false` gives a secret up with it.
 */
export const keepSecrets = (
  given: readonly GivenEnvEntry[],
  present: readonly EnvEntry[],
): readonly (GivenEnvEntry | SecretEnvEntry)[] =>
  given.map((entry) => {
    const standsForKept =
      entry.secret === true ? (entry.value ?? '') === '' : entry.value === '' && entry.secret !== false;
    if (!standsForKept) return entry;
    return present.find((kept) => isSealed(kept) && kept.key === entry.key) ?? entry;
  });
