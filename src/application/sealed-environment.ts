import { type EnvEntry, isSealed, type PlainEnvEntry, type UnsealedEnvEntry } from '../domain/script/env-entry.js';
import type { SecretBox } from './ports/secret-box.js';

/** A script's environment as it is kept. */
export const sealSecrets = (
  box: SecretBox,
  scriptId: string,
  env: readonly (EnvEntry | UnsealedEnvEntry)[],
): Promise<readonly EnvEntry[]> =>
  Promise.all(
    env.map(async (entry): Promise<EnvEntry> => {
      if (isSealed(entry)) return entry;
      const { key, value, secret = false }: PlainEnvEntry & { secret?: boolean } = entry; // callers may say false
      if (!secret) return { key, value };
      return { key, secret: true, sealed: await box.seal(value, { scriptId, key }) };
    }),
  );

export interface OpenedEnvironment {
  readonly env: readonly PlainEnvEntry[];
  /** The values that nobody may see. */
  readonly secrets: readonly string[];
}

/** A script's environment as the script gets it. @throws DomainError `secret.unreadable` naming the entry */
export const openSecrets = async (
  box: SecretBox,
  scriptId: string,
  env: readonly EnvEntry[],
): Promise<OpenedEnvironment> => {
  const secrets: string[] = [];
  const opened: PlainEnvEntry[] = [];
  for (const entry of env) {
    if (!isSealed(entry)) opened.push(entry);
    else {
      const { key, sealed } = entry;
      const value = await box.open(sealed, { scriptId, key });
      secrets.push(value);
      opened.push({ key, value });
    }
  }
  return { env: opened, secrets };
};
