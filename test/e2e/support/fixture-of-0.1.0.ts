import { chmod, cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { BSON, type Document } from 'mongodb';
import { withDatabase } from '../../support/mongo/fresh-mongo-store.js';
import type { StoreUnderTest } from './each-store.js';
import type { Environment } from './program.js';
import { PROJECT } from './server.js';
import type { AuditJson, EventJson, RunJson, ScriptJson } from './wire-types.js';

/** A copy of what a server of 0.1.0 left, and what its API had answered. */
export interface Fixture {
  readonly settings: Environment;
  readonly password: string;
  readonly expected: Expected;
}

/** Answers of 0.1.0; texts of more than 500 characters are in them as `inShort` has them. */
export interface Expected {
  readonly scripts: readonly ScriptJson[];
  readonly summaries: readonly (ScriptJson & { lastRun: RunJson | null; usualDurationMs: number | null })[];
  /** `events` and `log` of those that had ended. */
  readonly runs: readonly { item: RunJson; events?: readonly EventJson[]; log?: string }[];
  readonly audit: readonly AuditJson[];
  /** What was queued or running when the server was killed. */
  readonly active: readonly { id: string; was: 'queued' | 'running'; script: string; output?: string }[];
  readonly keyed: readonly { key: string; trigger: string; runId: string; scriptId: string }[];
}

/** What 0.1.0 was asked to create, and then to change. */
export interface AskedScript {
  readonly key: string;
  readonly create: Readonly<Record<string, unknown>>;
  readonly updates?: readonly Readonly<Record<string, unknown>>[];
}

const FOLDER = `${PROJECT}test/fixtures/0.1.0`;
const read = (file: string): Promise<string> => readFile(join(FOLDER, file), 'utf8');

export const askedScripts = async (): Promise<readonly AskedScript[]> =>
  JSON.parse(await read('scripts.json')) as AskedScript[];

/** The key of a start counts for 24 hours: it is as if the server had been killed just now. */
export const openFixture = async (store: StoreUnderTest): Promise<Fixture> => {
  const settings = await store.fresh();
  const { DATA_DIR = '', MONGODB_URI = '' } = settings;
  await cp(join(FOLDER, store.kind, 'data-dir'), DATA_DIR, { recursive: true });
  await chmod(DATA_DIR, 0o700);
  const expected = JSON.parse(await read(`${store.kind}/expected.json`)) as Expected;
  if (store.kind === 'sqlite') {
    withSqlite(DATA_DIR, (database) => database.prepare('UPDATE keyed_starts SET at = ?').run(Date.now()));
    return { settings, password: (await read('sqlite/data-dir/admin-password')).trim(), expected };
  }
  await withDatabase(MONGODB_URI, async (db) => {
    for (const file of await readdir(join(FOLDER, 'mongodb/collections'))) {
      const lines = (await read(`mongodb/collections/${file}`)).split('\n').filter(Boolean);
      const documents = lines.map((line) => BSON.EJSON.parse(line, { relaxed: false }) as Document);
      await db.collection(file.replace('.ndjson', '')).insertMany(documents);
    }
    await db.collection('keyed_starts').updateMany({}, { $set: { at: new Date() } });
  });
  const { SECRET_KEY, password } = JSON.parse(await read('mongodb/settings.json')) as Record<string, string>;
  const users = { ADMIN_USERS_FILE: join(FOLDER, 'mongodb/users'), SECRET_KEY };
  return { settings: { ...settings, ...users }, password: password ?? '', expected };
};

/** Which revisions are stored of which script, and what is needed to find them fast: tables and indexes as they were made. */
export const readStored = async (
  store: StoreUnderTest,
  { DATA_DIR = '', MONGODB_URI = '' }: Environment,
): Promise<{ revisions: readonly string[]; schema: unknown }> => {
  if (store.kind === 'sqlite') {
    return withSqlite(DATA_DIR, (database) => ({
      revisions: (
        database.prepare('SELECT scriptId, revision FROM script_revisions').all() as {
          scriptId: string;
          revision: number;
        }[]
      ).map(({ scriptId, revision }) => `${scriptId} ${revision}`),
      schema: [
        database.prepare('PRAGMA user_version').all(),
        database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all(),
      ],
    }));
  }
  return withDatabase(MONGODB_URI, async (db) => {
    const revisions = await db.collection('script_revisions').find().toArray();
    const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
    return {
      revisions: revisions.map(({ scriptId, revision }) => `${String(scriptId)} ${String(revision)}`),
      schema: [
        await db.collection<{ _id: string }>('runlet_meta').findOne({ _id: 'schema' }),
        await Promise.all(
          names.map(async (name) => ({
            name,
            indexes: (await db.collection(name).indexes())
              .map(({ key, unique }) => JSON.stringify({ key, unique }))
              .sort(),
          })),
        ),
      ],
    };
  });
};

const withSqlite = <T>(dataDir: string, work: (database: Database.Database) => T): T => {
  const database = new Database(join(dataDir, 'runlet.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
};
