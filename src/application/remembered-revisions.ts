import type { ScriptRevision } from '../domain/script/script.js';
import type { ScriptRevisionRepository } from './ports/script-revision-repository.js';

const MAX_REVISIONS = 32;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * Remembers the revisions that were found last: one that is stored never changes, and each run asks for its own twice. Those of a
 * script that was deleted stay remembered for a while; nothing of it is run all the same, since the script is gone.
 */
export const rememberRevisions = (revisions: ScriptRevisionRepository): ScriptRevisionRepository => {
  /** The least recently used first. */
  const remembered = new Map<string, ScriptRevision>();
  let characters = 0;

  const forget = (key: string): void => {
    characters -= remembered.get(key)?.script.script.length ?? 0;
    remembered.delete(key);
  };
  const remember = (revision: ScriptRevision): ScriptRevision => {
    const key = keyOf(revision.scriptId, revision.revision);
    forget(key);
    remembered.set(key, revision);
    characters += revision.script.script.length;
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MAX_REVISIONS && characters <= MAX_CHARACTERS) break;
      forget(oldest);
    }
    return revision;
  };

  return {
    async saveOnce(revision) {
      if (!remembered.has(keyOf(revision.scriptId, revision.revision))) await revisions.saveOnce(revision);
    },
    async find(scriptId, revision) {
      const found = remembered.get(keyOf(scriptId, revision)) ?? (await revisions.find(scriptId, revision));
      return found && remember(found);
    },
  };
};

const keyOf = (scriptId: string, revision: number): string => `${scriptId} ${revision}`;
