import { DomainError, isDomainError } from '../domain/errors.js';
import { candidateIdentifiers } from '../domain/script/code-identifier.js';
import { isBroken, type ScriptFields } from '../domain/script/script.js';
import type { Ids } from './ports/ids.js';
import type { ScriptRepository } from './ports/script-repository.js';

/**
 * Saves under the identifier that `fields` name, or under the first free one made from the name.
 * @param ownId the script being saved, whose present identifier is not "taken".
 * @throws DomainError `script.identifier-taken` naming the other script, when the identifier was given.
 */
export const saveUnderIdentifier = async <T>(
  { scripts, ids }: { scripts: ScriptRepository; ids: Ids },
  fields: Pick<ScriptFields, 'name' | 'codeIdentifier'>,
  ownId: string | null,
  save: (codeIdentifier: string) => Promise<T>,
): Promise<T> => {
  const given = fields.codeIdentifier;
  for (const identifier of given === '' ? candidateIdentifiers(fields.name, () => ids.token().slice(0, 6)) : [given]) {
    const other = await scripts.findByIdentifier(identifier);
    if (!other || other.id === ownId) {
      try {
        return await save(identifier);
      } catch (error) {
        if (!isDomainError(error, 'script.identifier-taken')) throw error;
      }
    }
  }
  throw await identifierTaken(scripts, given);
};

const identifierTaken = async (scripts: ScriptRepository, identifier: string): Promise<DomainError> => {
  const other = await scripts.findByIdentifier(identifier);
  const name = other && (isBroken(other) ? other.salvage.name : other.name);
  const message = `${identifier} is taken by ${name === null || name === undefined ? 'another script' : `the script "${name}"`}`;
  return new DomainError('script.identifier-taken', `codeIdentifier ${message}; choose another or leave it out`, {
    issues: [{ path: 'codeIdentifier', message }],
  });
};
