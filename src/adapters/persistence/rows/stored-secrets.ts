import type { StoredSecret } from '../../../application/ports/sealed-value-repository.js';
import { isSealed } from '../../../domain/script/env-entry.js';
import { envEntry } from './env-entry-row.js';
import type { Row } from './row.js';

/** The sealed values in one script or revision, whatever else may be wrong with it. @param row with `scriptId`, `revision`, `name` and `env` */
export const readStoredSecrets = ({ scriptId, revision, name, env }: Row): StoredSecret[] => {
  if (!Array.isArray(env)) return [];
  return env.flatMap((row, index) => {
    const { data } = envEntry.safeParse(row);
    if (!data || !isSealed(data)) return [];
    return {
      scriptId: String(scriptId),
      scriptName: typeof name === 'string' ? name : null,
      revision: typeof revision === 'number' ? revision : null,
      index,
      key: data.key,
      sealed: data.sealed,
    };
  });
};
