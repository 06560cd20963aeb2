import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isBroken } from '../../domain/script/script.js';
import type { AuditTrail } from '../audit-trail.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import { type GetScript, scriptNotFound } from './get-script.js';

/**
 * Deletes a script and its revisions; its finished runs stay readable. A run that is accepted at the same moment ends as `script-disabled`.
 * @throws DomainError `script.not-found`, `script.in-use`
 */
export type DeleteScript = (command: { id: string; origin: Origin }) => Promise<void>;

interface Needs {
  scripts: ScriptRepository;
  runs: RunRepository;
  getScript: GetScript;
  trail: AuditTrail;
}

export const makeDeleteScript =
  ({ scripts, runs, getScript, trail }: Needs): DeleteScript =>
  ({ id, origin }) => {
    const entry = { action: 'scripts.delete' as const, origin, scriptId: id, scriptName: null as string | null };
    return trail.refusals(entry, async () => {
      const script = await getScript(id);
      entry.scriptName = (isBroken(script) ? script.salvage.name : script.name) ?? null;
      const active = await runs.activeOfScript(id);
      if (active.length > 0) {
        const message = `${active.length === 1 ? 'a run' : `${active.length} runs`} of the script ${active.length === 1 ? 'has' : 'have'} not ended`;
        throw new DomainError('script.in-use', `${message}; wait or cancel, then delete it`, { present: script });
      }
      if (!(await scripts.delete(id, trail.success(entry)))) throw scriptNotFound(id); // somebody else was first
    });
  };
