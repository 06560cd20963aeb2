import { z } from 'zod';
import { isBroken, type ScriptRevision } from '../../../domain/script/script.js';
import { text, time, whole, type Row } from './row.js';
import { readScript } from './script-row.js';

/** A saved revision; null for one that cannot be run as it is stored, which is as good as none. */
export const readScriptRevision = (row: Row): ScriptRevision | null => {
  const shape = revision.safeParse(row);
  if (!shape.success) return null;
  const script = readScript({ ...shape.data.script, id: shape.data.scriptId, revision: shape.data.revision });
  return isBroken(script) ? null : { ...shape.data, script };
};

const revision = z.object({
  scriptId: text,
  revision: whole,
  savedAt: time,
  script: z.record(z.string(), z.unknown()),
});
