import type { Documents } from '../documents.js';
import { isDuplicateKey } from '../mongo-errors.js';

/** Raised by a change of the stored form that older versions of Runlet would misread. */
const SCHEMA_VERSION = 1;

/** Notes the version of a database that has none. @throws Error when a newer Runlet has written it; then nothing was changed */
export const requireKnownSchema = async (meta: Documents): Promise<void> => {
  const { version } = await stored(meta);
  if (typeof version === 'number' && version <= SCHEMA_VERSION) return;
  throw new Error(
    `the database was written by a newer Runlet (its schema is ${String(version)}, this one knows ${SCHEMA_VERSION}): ` +
      'start that version, or name another database in MONGODB_URI',
  );
};

/** Whether the note is still there. It is written to, so that this needs the right to write, and is not changed. */
export const hasKnownSchema = (meta: Documents): Promise<boolean> =>
  meta.update({ _id: 'schema' }, { $setOnInsert: { version: SCHEMA_VERSION } });

const stored = async (meta: Documents): Promise<Readonly<Record<string, unknown>>> => {
  const note = () => meta.upsert('schema', { $setOnInsert: { version: SCHEMA_VERSION } });
  try {
    return await note();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return note(); // another server noted it at the same moment
  }
};
