import { MongoError } from 'mongodb';
import type { Log } from '../../../application/ports/log.js';
import type { Store } from '../../../application/ports/store.js';
import { reportBrokenTo } from './broken-documents.js';
import { COLLECTIONS, INDEXES } from './collections.js';
import { Documents } from './documents.js';
import { CollectionsWatch } from './collections-watch.js';
import { requireConditionalWrites } from './opening/conditional-writes.js';
import { ensureIndexes } from './opening/indexes.js';
import { MongoAuditRepository } from './mongo-audit-repository.js';
import { connect, type MongoConnection } from './mongo-connection.js';
import { MongoKeyedStartRepository } from './mongo-keyed-start-repository.js';
import { OrphanedRevisions } from './orphaned-revisions.js';
import { Outbox } from './outbox.js';
import { ScriptChanges } from './script-changes.js';
import { MongoRunLog } from './mongo-run-log.js';
import { MongoRunRepository } from './mongo-run-repository.js';
import { MongoScriptRepository } from './mongo-script-repository.js';
import { MongoScriptRevisionRepository } from './mongo-script-revision-repository.js';
import { MongoSealedValueRepository } from './mongo-sealed-value-repository.js';
import { requireKnownSchema } from './opening/schema-version.js';

/**
 * The store in the MongoDB that `uri` names, shared by several servers. Its collections may be those of an application that keeps scripts in
 * the SPEC's shape: what is not Runlet's in a document is left as it is.
 * @param log is told of documents that cannot be read.
 * @throws DomainError `store.unavailable` naming the servers when they do not answer; Error saying what to do when the connection string
 *   cannot be used, the server does not keep the promise of a conditional write or refuses what Runlet needs, a newer Runlet wrote the
 *   database, or documents stand in the way of a unique index
 */
export const openMongoStore = async ({ uri, log }: { uri: string; log: Pick<Log, 'warn'> }): Promise<Store> => {
  const connection = await connect(uri);
  const meta = new Documents(connection, COLLECTIONS.meta);
  try {
    await requireKnownSchema(meta);
    await requireConditionalWrites(meta, connection.servers);
    await ensureIndexes(connection, INDEXES);
  } catch (error) {
    await connection.close();
    throw error instanceof MongoError ? new Error(connection.explain(error), { cause: error }) : error;
  }
  return storeOn(connection, log);
};

const PING_MS = 2000;

const storeOn = (connection: MongoConnection, log: Pick<Log, 'warn'>): Store => {
  const documents = (name: keyof typeof COLLECTIONS): Documents => new Documents(connection, COLLECTIONS[name]);
  const reportBroken = reportBrokenTo(log);
  const audit = new MongoAuditRepository(documents('audit'), documents('meta'));
  const revisions = new MongoScriptRevisionRepository(documents('revisions'), documents('scripts'));
  const changes = new ScriptChanges(documents('scripts'), revisions, new Outbox(documents('scripts'), audit, log));
  const outbox = new Outbox(documents('runs'), audit, log);
  const runs = new MongoRunRepository({ runs: documents('runs'), audit, outbox, reportBroken });
  const orphans = new OrphanedRevisions(documents('revisions'), documents('scripts'));
  const watch = new CollectionsWatch(connection, documents('meta'));
  return {
    kind: 'mongodb',
    scripts: new MongoScriptRepository(documents('scripts'), changes, reportBroken),
    revisions,
    sealedValues: new MongoSealedValueRepository(documents('scripts'), documents('revisions')),
    runs,
    keyedStarts: new MongoKeyedStartRepository(documents('keyedStarts')),
    audit,
    runLog: new MongoRunLog(documents('runLogs')),
    ping: async () => {
      await connection.answer(() => connection.db.command({ ping: 1 }), PING_MS);
    },
    mend: async () => {
      await changes.mend();
      await runs.mend();
      await orphans.look();
    },
    examine: () => watch.examine(),
    reclaim: () => Promise.resolve(false), // MongoDB uses freed space again by itself
    close: async () => {
      await outbox.close();
      await connection.close();
    },
  };
};
