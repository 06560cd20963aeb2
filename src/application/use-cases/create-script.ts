import type { Origin } from '../../domain/actor.js';
import type { GivenEnvEntry } from '../../domain/script/env-entry.js';
import type { Script, ScriptFields } from '../../domain/script/script.js';
import { completeDraft, requireValid } from '../../domain/script/script-rules.js';
import type { AuditTrail } from '../audit-trail.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { SecretBox } from '../ports/secret-box.js';
import { saveUnderIdentifier } from '../save-under-identifier.js';
import { sealSecrets } from '../sealed-environment.js';

/** @throws DomainError `script.invalid`, `script.identifier-taken` */
export type CreateScript = (command: {
  draft: Partial<ScriptFields<GivenEnvEntry>>;
  origin: Origin;
}) => Promise<Script>;

interface Needs {
  scripts: ScriptRepository;
  secretBox: SecretBox;
  trail: AuditTrail;
  ids: Ids;
  clock: Clock;
}

export const makeCreateScript =
  ({ scripts, secretBox, trail, ids, clock }: Needs): CreateScript =>
  ({ draft, origin }) => {
    const entry = {
      action: 'scripts.create' as const,
      origin,
      scriptId: null as string | null,
      scriptName: draft.name ?? null,
      changes: Object.keys(draft),
    };
    return trail.refusals(entry, async () => {
      const valid = requireValid(completeDraft(draft));
      const id = ids.next();
      const fields = { ...valid, env: await sealSecrets(secretBox, id, valid.env) };
      const now = clock.now();
      return saveUnderIdentifier({ scripts, ids }, fields, null, async (codeIdentifier) => {
        const created = { ...fields, codeIdentifier, id, revision: 1, createdAt: now, updatedAt: now };
        await scripts.insert(created, trail.success({ ...entry, scriptId: id, scriptName: created.name }));
        return created;
      });
    });
  };
