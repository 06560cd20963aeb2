import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { type GivenEnvEntry, keepSecrets } from '../../domain/script/env-entry.js';
import { isBroken, type Script, type ScriptFields, type StoredScript } from '../../domain/script/script.js';
import { completeDraft, requireValid } from '../../domain/script/script-rules.js';
import type { AuditEntry, AuditTrail } from '../audit-trail.js';
import type { EndQueuedRun } from '../end-queued-run.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { SecretBox } from '../ports/secret-box.js';
import { saveUnderIdentifier } from '../save-under-identifier.js';
import { sealSecrets } from '../sealed-environment.js';
import type { GetScript } from './get-script.js';

/**
 * Changes the fields that `changes` names; a secret given without a value keeps the one it has. With `revision` only if the script still has it; without, whatever is there.
 * @throws DomainError `script.not-found`, `script.invalid`, `script.identifier-taken`, `script.revision-conflict` (with the present script)
 */
export type UpdateScript = (command: {
  id: string;
  changes: GivenChanges;
  revision?: number;
  origin: Origin;
}) => Promise<Script>;

type GivenChanges = Partial<ScriptFields<GivenEnvEntry>>;

interface Needs {
  scripts: ScriptRepository;
  runs: RunRepository;
  getScript: GetScript;
  endQueuedRun: EndQueuedRun;
  secretBox: SecretBox;
  trail: AuditTrail;
  ids: Ids;
  clock: Clock;
}

export const makeUpdateScript = (needs: Needs): UpdateScript => {
  const { scripts, getScript, secretBox, trail, ids, clock } = needs;

  /** Null when somebody has saved another revision meanwhile. */
  const tryOnce = async (present: StoredScript, changes: GivenChanges, entry: AuditEntry): Promise<Script | null> => {
    const before = fieldsOf(present);
    const env = changes.env && { env: keepSecrets(changes.env, before.env ?? []) };
    const valid = requireValid(completeDraft({ ...before, ...changes, ...env }), before.codeIdentifier);
    const fields = { ...valid, env: await sealSecrets(secretBox, present.id, valid.env) };
    const now = clock.now();
    return saveUnderIdentifier({ scripts, ids }, fields, present.id, async (codeIdentifier) => {
      const { id, createdAt, revision } = present;
      const next = { ...fields, codeIdentifier, id, createdAt, updatedAt: now, revision: revision + 1 };
      const event = trail.success({ ...entry, scriptName: next.name, changes: changedFields(before, next) });
      return (await scripts.update(next, revision, event)) ? next : null;
    });
  };

  return async ({ id, changes, revision, origin }) => {
    const entry = {
      action: 'scripts.update' as const,
      origin,
      scriptId: id,
      scriptName: null as string | null,
      changes: Object.keys(changes),
    };
    const saved = await trail.refusals(entry, async () => {
      for (;;) {
        const present = await getScript(id);
        entry.scriptName = fieldsOf(present).name ?? null;
        if (revision !== undefined && revision !== present.revision) throw conflict(present);
        const next = await tryOnce(present, changes, entry);
        if (next) return next;
      }
    });
    // It is saved whatever comes of this, and what stays queued is ended when its turn comes.
    if (!saved.enabled) await endQueuedRuns(needs, id).catch(() => undefined);
    return saved;
  };
};

const conflict = (present: StoredScript): DomainError =>
  new DomainError(
    'script.revision-conflict',
    `revision ${present.revision} of the script was saved meanwhile; take its changes over and save with that revision`,
    { present },
  );

const endQueuedRuns = async ({ runs, endQueuedRun }: Needs, scriptId: string): Promise<void> => {
  const queued = (await runs.activeOfScript(scriptId)).filter(({ status }) => status === 'queued');
  for (const run of queued) await endQueuedRun(run, 'script-disabled');
};

const fieldsOf = (stored: StoredScript): Partial<ScriptFields> => {
  if (isBroken(stored)) return stored.salvage;
  const { id: _id, revision: _revision, createdAt: _createdAt, updatedAt: _updatedAt, ...fields } = stored;
  return fields;
};

const changedFields = (before: Partial<ScriptFields>, after: ScriptFields): string[] =>
  (Object.keys(before) as (keyof ScriptFields)[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
