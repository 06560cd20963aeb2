import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { MongoClient } from 'mongodb';

/**
 * A store: the `settings` that name it, the `faults` that can be made of it, the `files` in which no secret may be,
 * since when it has been unable to answer, and `inspect()`, which answers what is wrong with its contents when the
 * server has ended.
 */
export const openStore = (store, folders) => (store === 'sqlite' ? sqlite(folders) : mongodb(folders));

const sqlite = ({ data }) => {
  const file = join(data, 'runlet.db');
  return {
    settings: {},
    files: [],
    awaySince: null,
    faults: {
      'hold-store': async ({ mode, ms }) => {
        await once(spawn(process.execPath, [HOLDER, file, mode, String(ms)], { stdio: 'ignore' }), 'exit');
      },
    },
    inspect: () => {
      const database = new Libsql(file);
      const [{ integrity_check: integrity }] = database.prepare('PRAGMA integrity_check').all();
      const orphans = database
        .prepare(
          'SELECT count(*) AS count FROM script_revisions WHERE scriptId NOT IN (SELECT id FROM script_definitions)',
        )
        .all();
      database.close();
      return [
        ...(integrity === 'ok' ? [] : [`the database is damaged: ${integrity}`]),
        ...orphanedRevisions(orphans[0].count),
      ];
    },
    close: () => undefined,
  };
};

const HOLDER = fileURLToPath(new URL('./hold-database.js', import.meta.url));

const orphanedRevisions = (count) => (count > 0 ? [`${count} revisions are of scripts that are not there`] : []);

/** The MongoDB of `MONGODB_URI`, without faults since others may use it; otherwise the MongoDB for tests. */
const mongodb = async ({ scratch }) => {
  const given = process.env.MONGODB_URI;
  const server = given ? null : await startMongo(join(scratch, 'mongo'));
  const uri = new URL(given ?? server.uri);
  uri.pathname = `/runlet_chaos_${process.pid}`;
  const withDatabase = async (work) => {
    const client = new MongoClient(uri.href);
    return work(client.db()).finally(() => client.close());
  };
  const store = {
    settings: { MONGODB_URI: uri.href },
    files: server ? [join(scratch, 'mongo')] : [],
    awaySince: null,
    faults: server ? faultsOf(server, (since) => (store.awaySince = since)) : {},
    inspect: () =>
      withDatabase(async (database) => {
        const scripts = await database.collection('script_definitions').distinct('_id');
        const orphans = await database.collection('script_revisions').countDocuments({ scriptId: { $nin: scripts } });
        return orphanedRevisions(orphans);
      }),
    close: async () => (server ? server.stop() : withDatabase((database) => database.dropDatabase())),
  };
  return store;
};

/** One after the other: on a slow machine a restart takes longer than the plan has it, and there is nothing to stop until it is over. */
const faultsOf = (server, setAway) => {
  let last = Promise.resolve();
  const inTurn = (fault) => (step) =>
    (last = last.then(async () => {
      setAway(performance.now());
      await fault(step);
      setAway(null);
    }));
  return {
    'freeze-store': inTurn(async ({ ms }) => {
      server.signal('SIGSTOP');
      await sleep(ms);
      server.signal('SIGCONT');
    }),
    'stop-store': inTurn(async ({ ms }) => {
      await server.stop();
      await sleep(ms);
      await server.start();
    }),
  };
};

const MONGO = fileURLToPath(new URL('../support/mongo/start', import.meta.url));

/** A MongoDB for tests that keeps its data, and its port, over restarts. */
const startMongo = async (dataFile) => {
  let { child, uri } = await spawnMongo(0, dataFile);
  return {
    uri,
    signal: (name) => child.kill(name),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
    start: async () => void ({ child } = await spawnMongo(Number(new URL(uri).port), dataFile)),
  };
};

const spawnMongo = async (port, dataFile) => {
  const child = spawn(MONGO, ['--with-stdin', String(port), dataFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(child.stdout)) {
    const uri = /^ready (\S+)$/.exec(line)?.[1];
    if (uri === undefined) continue;
    child.stdout.resume();
    return { child, uri };
  }
  throw new Error('the MongoDB for tests did not start: test/support/mongo/README.md');
};
