import { DomainError } from '../../domain/errors.js';
import type { StoredScript } from '../../domain/script/script.js';
import type { ScriptRepository } from '../ports/script-repository.js';

/** @throws DomainError `script.not-found` */
export type GetScript = (id: string) => Promise<StoredScript>;

export const makeGetScript =
  ({ scripts }: { scripts: ScriptRepository }): GetScript =>
  async (id) => {
    const script = await scripts.find(id);
    if (!script) throw scriptNotFound(id);
    return script;
  };

export const scriptNotFound = (id: string): DomainError =>
  new DomainError('script.not-found', `there is no script with the id ${id}; it may have been deleted`);
