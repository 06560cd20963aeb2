import type { SummarizedScript } from '../../application/use-cases/list-scripts.js';
import { type EnvEntry, isSealed } from '../../domain/script/env-entry.js';
import { isBroken, type ScriptFields, type StoredScript } from '../../domain/script/script.js';
import type { ScriptItem, ScriptSummaryItem } from './contract/scripts.js';
import { presentRunListItem } from './present-run.js';

export const presentScript = (stored: StoredScript): ScriptItem => {
  const { id, revision } = stored;
  const kept = { revision, createdAt: stored.createdAt.toISOString(), updatedAt: stored.updatedAt.toISOString() };
  if (!isBroken(stored))
    return { id, _id: id, ...fieldsOf({ ...stored, env: stored.env.map(presentEnvEntry) }), ...kept };
  const { env, ...salvage } = stored.salvage;
  const fields = fieldsOf({ ...UNREAD, ...salvage, env: env?.map(presentEnvEntry) ?? null });
  return { id, _id: id, ...fields, ...kept, invalid: [...stored.broken] };
};

export const presentScriptSummary = ({ script: stored, activity }: SummarizedScript): ScriptSummaryItem => {
  const { script: _script, env: _env, ...summary } = presentScript(stored);
  return {
    ...summary,
    lastRun: activity.lastRun && presentRunListItem(activity.lastRun),
    usualDurationMs: activity.usualDurationMs,
  };
};

/** Of a secret it is told that there is one. */
const presentEnvEntry = (entry: EnvEntry) =>
  isSealed(entry) ? { key: entry.key, secret: true as const } : { key: entry.key, value: entry.value };

const fieldsOf = <Fields extends Record<keyof ScriptFields, unknown>>(
  fields: Fields,
): Pick<Fields, keyof ScriptFields> => ({
  name: fields.name,
  codeIdentifier: fields.codeIdentifier,
  description: fields.description,
  type: fields.type,
  runner: fields.runner,
  script: fields.script,
  defaultWorkingDirectory: fields.defaultWorkingDirectory,
  env: fields.env,
  timeoutMs: fields.timeoutMs,
  enabled: fields.enabled,
  confirm: fields.confirm,
});

/** Null stands for a field that could not be read. */
const UNREAD: { readonly [F in keyof ScriptFields]: null } = {
  name: null,
  codeIdentifier: null,
  description: null,
  type: null,
  runner: null,
  script: null,
  defaultWorkingDirectory: null,
  env: null,
  timeoutMs: null,
  enabled: null,
  confirm: null,
};
