import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { isDomainError } from '../../../../src/domain/errors.js';
import { anAuditEvent, aScript } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { foreignScript } from '../../../support/mongo/existing-collections.js';
import { freshDatabase, SILENT, withDatabase } from '../../../support/mongo/fresh-mongo-store.js';
import { dropDatabase } from '../../../support/mongo/mongo-for-tests.js';
import { startRefusingProxy } from '../../../support/mongo/refusing-proxy.js';
import { allOf } from '../../../support/all-of.js';

/** The test server keeps no index that is not unique. */
const onMongod = process.env.MONGODB_URI ? it : it.skip;

await describeWithMongo('opening a MongoDB store', (mongo) => {
  const withPrepared = async (prepare: (db: Db) => Promise<unknown>, use: (uri: string) => Promise<void>) => {
    const uri = freshDatabase(mongo);
    try {
      await withDatabase(uri, prepare);
      await use(uri);
    } finally {
      await dropDatabase(uri);
    }
  };
  const open = (uri: string) => openMongoStore({ uri, log: SILENT });

  it('finds again what was stored, and answers a ping', async () => {
    await withPrepared(
      async () => undefined,
      async (uri) => {
        const script = aScript();
        const first = await open(uri);
        expect(first.kind).toBe('mongodb');
        await first.scripts.insert(script, anAuditEvent());
        await first.close();
        const second = await open(uri);
        await expect(second.ping()).resolves.toBeUndefined();
        expect(await allOf(second.scripts.list())).toEqual([script]);
        await second.close();
      },
    );
  });

  it('builds its unique indexes', async () => {
    await withPrepared(
      async () => undefined,
      async (uri) => {
        await (await open(uri)).close();
        const unique = await withDatabase(uri, async (db) => {
          const names = ['script_definitions', 'script_revisions', 'script_run_logs'];
          const indexes = await Promise.all(names.map((name) => db.collection(name).indexes()));
          return indexes.map((each) => each.filter((index) => index.unique).map(({ key }) => key));
        });
        expect(unique).toEqual([[{ codeIdentifier: 1 }], [{ scriptId: 1, revision: 1 }], [{ runId: 1, seq: 1 }]]);
      },
    );
  });

  it('probes conditional writes with a document of its own, and removes those of starts that were killed', async () => {
    const probe = (hours: number) => ({ _id: `probe of ${hours} hours`, at: new Date(Date.now() - hours * 3_600_000) });
    const meta = (db: Db) => db.collection<{ _id: string; at?: Date }>('runlet_meta');
    await withPrepared(
      (db) => meta(db).insertMany([probe(1), probe(25), { _id: 'theirs', at: new Date(0) }]),
      async (uri) => {
        await (await open(uri)).close();
        const left = await withDatabase(uri, (db) => meta(db).distinct('_id'));
        expect(left.sort()).toEqual(['probe of 1 hours', 'schema', 'theirs']);
      },
    );
  });

  it('lets many servers open the same empty database at once', async () => {
    await withPrepared(
      async () => undefined,
      async (uri) => {
        const stores = await Promise.all(Array.from({ length: 5 }, () => open(uri)));
        for (const store of stores) await expect(store.ping()).resolves.toBeUndefined();
        await Promise.all(stores.map((store) => store.close()));
      },
    );
  });

  it('takes indexes like its own that another application has made', async () => {
    const theirs = async (db: Db) => {
      const unique = { key: { codeIdentifier: 1 }, unique: true, sparse: true } as const;
      await db.collection('script_definitions').createIndexes([unique]);
      await db.collection('script_runs').createIndexes([{ key: { createdAt: -1, _id: -1 }, unique: true }]);
    };
    await withPrepared(theirs, async (uri) => {
      await (await open(uri)).close();
    });
  });

  describe('refuses', () => {
    it('scripts that have one identifier, naming each', async () => {
      const twins = ['backup', 'backup', null, null].map((codeIdentifier) => foreignScript({ codeIdentifier }));
      const [a, b, c, d] = twins.map(({ _id }) => _id.toHexString());
      const insert = (db: Db) => db.collection('script_definitions').insertMany([...twins, foreignScript()]);
      await withPrepared(insert, async (uri) => {
        const { message } = await rejection(open(uri));
        expect(message).toContain('script_definitions');
        expect(message).toContain(`codeIdentifier "backup" is on 2 documents (${a}, ${b})`);
        expect(message).toContain(`no codeIdentifier is on 2 documents (${c}, ${d})`);
        expect(message).toMatch(/Change or delete all but one of each and start again$/);
        expect(message).not.toContain('rotate');
      });
    });

    onMongod('an index in the way, naming it', async () => {
      const key = { codeIdentifier: 1 } as const;
      const index = (db: Db) => db.collection('script_definitions').createIndexes([{ key }]);
      await withPrepared(index, async (uri) => {
        expect((await rejection(open(uri))).message).toContain('dropIndex("codeIdentifier_1")');
      });
    });

    it('a database that a newer Runlet has written, and leaves it as it is', async () => {
      const newer = (db: Db) =>
        db.collection<{ _id: string }>('runlet_meta').insertOne({ _id: 'schema', ...{ version: 2 } });
      await withPrepared(newer, async (uri) => {
        expect((await rejection(open(uri))).message).toMatch(/written by a newer Runlet \(its schema is 2, /);
        const names = await withDatabase(uri, (db) => db.listCollections().toArray());
        expect(names.map(({ name }) => name)).toEqual(['runlet_meta']);
      });
    });

    it.each(['findAndModify', 'delete', 'createIndexes'])(
      'a user who may not use %s, naming the role',
      async (name) => {
        const errmsg = `not authorized on here to execute command { ${name}: "…" }`;
        const proxy = await startRefusingProxy(freshDatabase(mongo));
        proxy.refuse((command) => name in command, { code: 13, codeName: 'Unauthorized', errmsg });
        try {
          const { message } = await rejection(open(proxy.uri));
          const database = new URL(proxy.uri).pathname.slice(1);
          expect(message).toBe(
            `MongoDB at ${new URL(proxy.uri).host} does not let Runlet in: ${errmsg}; give its user the role readWrite on the database ${database}`,
          );
        } finally {
          await proxy.close();
        }
      },
    );

    it('a server that does not know a command, in one line', async () => {
      const proxy = await startRefusingProxy(freshDatabase(mongo));
      const errmsg = 'support for field "fields" is\n not implemented yet';
      proxy.refuse((command) => 'fields' in command, { code: 238, codeName: 'NotImplemented', errmsg });
      try {
        const error = await rejection(open(proxy.uri));
        expect(error.message).toBe(
          `MongoDB at ${new URL(proxy.uri).host} cannot be used: support for field "fields" is not implemented yet`,
        );
        expect(error.constructor).toBe(Error);
      } finally {
        await proxy.close();
      }
    });

    it('writes that nobody confirms', async () => {
      const { message } = await rejection(open(withOption(freshDatabase(mongo), 'w=0')));
      expect(message).toMatch(/^MONGODB_URI says w=0/);
    });
  });

  it('leaves the documents alone that it refuses', async () => {
    const twins = [foreignScript(), foreignScript()];
    const insert = (db: Db) => db.collection('script_definitions').insertMany(twins);
    await withPrepared(insert, async (uri) => {
      await rejection(open(uri));
      const stored = await withDatabase(uri, (db) =>
        db.collection('script_definitions').find().sort({ _id: 1 }).toArray(),
      );
      expect(stored).toEqual(twins);
    });
  });
});

describe('opening a MongoDB store that cannot be reached', () => {
  const SECRETS = ['hunter2', 'p%40ss', 'p@ss', 'root:'];
  const expectNoSecret = (error: unknown) => {
    const whole = inspect(error, { depth: 10, showHidden: true });
    for (const secret of SECRETS) expect(whole).not.toContain(secret);
  };

  it.each([
    ['nobody listens', 'mongodb://root:hunter2@127.0.0.1:1/runlet?authSource=admin', '127.0.0.1:1'],
    [
      'no such host',
      'mongodb://root:p%40ss@nowhere.invalid,also.invalid:1234/runlet',
      'nowhere.invalid:27017, also.invalid:1234',
    ],
    ['no such cluster', 'mongodb+srv://root:hunter2@cluster.nowhere.invalid/', 'cluster.nowhere.invalid'],
  ])('names the server and no credentials: %s', async (_, uri, server) => {
    const error = await rejection(openMongoStore({ uri, log: SILENT }));
    expect(isDomainError(error, 'store.unavailable')).toBe(true);
    expect(error.message).toMatch(/^MongoDB at .* does not answer: .*; start it, or correct MONGODB_URI$/);
    expect(error.message).toContain(server);
    expectNoSecret(error);
  });

  it.each([
    'mongodb://root:hunter2@',
    'mongodb://root:hun/ter2@127.0.0.1:1',
    'mongodb://root:p@ss@127.0.0.1:1/',
    'mongodb://root:p%40ss%zz@127.0.0.1:1/',
    'mongodb://root:hunter2@127.0.0.1:port/',
    'mongodb://root:hunter2@127.0.0.1:1/?unknownOption=1',
    'mongodb://127.0.0.1:1/?authMechanism=MONGODB-AWS&authMechanismProperties=hunter2',
    'postgres://root:hunter2@127.0.0.1:1/',
    '',
  ])('names the setting and no credentials where the connection string is wrong: %s', async (uri) => {
    const error = await rejection(openMongoStore({ uri, log: SILENT }));
    expect(error.message).toMatch(/^MONGODB_URI is no connection string that can be used: ./);
    expectNoSecret(error);
    expect(inspect(error)).not.toContain('ter2');
  });
});

const withOption = (uri: string, option: string): string => `${uri}${uri.includes('?') ? '&' : '?'}${option}`;

const rejection = async (opening: Promise<Store>): Promise<Error> => {
  const result = await opening.catch((error: unknown) => error as Error);
  if (result instanceof Error) return result;
  await result.close();
  throw new Error('it was not refused');
};
