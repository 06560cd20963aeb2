import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { isDomainError } from '../../../../src/domain/errors.js';
import { aRun, aScript, anAuditEvent, anAuthFailure, at, logEvents, newId } from '../../../contracts/samples.js';
import { eventually } from '../../../support/eventually.js';
import { databaseUri } from '../../../support/mongo/database-uri.js';
import { describeWithTestServers } from '../../../support/mongo/describe-with-mongo.js';
import { SILENT } from '../../../support/mongo/fresh-mongo-store.js';
import { startMongoServer, type MongoServer } from '../../../support/mongo/mongo-server.js';
import { allOf } from '../../../support/all-of.js';

/** The store gives up after 5 s; the rest is for a busy machine. */
const MOST_MS = 8000;

await describeWithTestServers('a MongoDB that goes away', () => {
  let folder: string;
  let server: MongoServer;
  let store: Store;
  const start = (port = 0) => startMongoServer({ port, dataFile: join(folder, 'mongo') });
  const open = () => openMongoStore({ uri: databaseUri(server.uri, 'runlet'), log: SILENT });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runlet-outage-'));
    server = await start();
    store = await open();
  });

  afterEach(async () => {
    await store.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** One call of each kind, to one of each repository. */
  const calls = async (): Promise<Record<string, () => Promise<unknown>>> => {
    const writer = await store.runLog.open(newId());
    return {
      ping: () => store.ping(),
      list: () => allOf(store.scripts.list()),
      insert: () => store.runs.insert(aRun(), anAuditEvent()),
      claim: () => store.runs.claim(newId(), 'token', at(1)),
      active: () => store.runs.activeOf('server-1'),
      activity: () => store.runs.activity([newId()]),
      update: () => store.scripts.update(aScript(), 1, anAuditEvent()),
      delete: () => store.scripts.delete(newId(), anAuditEvent()),
      mend: () => store.mend(),
      audit: () => store.audit.append(anAuditEvent()),
      count: () => store.audit.countAuthFailure(anAuthFailure()),
      append: () => writer.append(logEvents(1, 3)),
      read: () => store.runLog.read(newId(), 0, 10),
      open: () => store.runLog.open(newId()),
    };
  };

  const expectAllUnavailable = async (work: Record<string, () => Promise<unknown>>) => {
    const began = performance.now();
    const results = await Promise.all(
      Object.entries(work).map(async ([name, call]) => {
        const error: unknown = await call().then(
          () => 'answered',
          (reason: unknown) => reason,
        );
        return { name, error, ms: performance.now() - began };
      }),
    );
    for (const { name, error, ms } of results) {
      expect([name, isDomainError(error, 'store.unavailable'), inspect(error)]).toEqual([name, true, inspect(error)]);
      expect(inspect(error)).toContain(`127.0.0.1:${server.port}`);
      expect([name, ms < MOST_MS]).toEqual([name, true]);
    }
    return results;
  };

  it('is unavailable in every way while it is stopped, and available again when it is back', async () => {
    const script = aScript();
    await store.scripts.insert(script, anAuditEvent());
    const work = await calls();
    await server.stop();
    await expectAllUnavailable(work);
    server = await start(server.port);
    expect(await eventually(() => allOf(store.scripts.list()))).toEqual([script]);
    for (const [name, call] of Object.entries(work)) {
      await expect(call().then(() => name)).resolves.toBe(name);
    }
  });

  it('is unavailable in every way while it hangs, soonest for a ping, and available again when it goes on', async () => {
    const script = aScript();
    await store.scripts.insert(script, anAuditEvent());
    const work = await calls();
    await server.pause();
    const results = await expectAllUnavailable(work);
    expect(results.find(({ name }) => name === 'ping')?.ms).toBeLessThan(4000);
    server.resume();
    expect(await eventually(() => allOf(store.scripts.list()))).toEqual([script]);
  });

  it('is refused at once when it is known to be away, instead of after a time-out for each call', async () => {
    const work = await calls();
    for (const [goAway, comeBack] of [
      [() => server.stop(), async () => void (server = await start(server.port))],
      [() => server.pause(), async () => server.resume()],
    ] as const) {
      await goAway();
      await eventually(() => expect(store.ping()).rejects.toMatchObject({ code: 'store.unavailable' }));
      await eventually(async () => {
        const began = performance.now();
        await expect(store.runs.insert(aRun(), anAuditEvent())).rejects.toMatchObject({ code: 'store.unavailable' });
        expect(performance.now() - began).toBeLessThan(50);
      });
      const began = performance.now();
      await expectAllUnavailable(work);
      expect(performance.now() - began).toBeLessThan(500);
      await comeBack();
      await eventually(() => store.ping());
      await store.runs.insert(aRun(), anAuditEvent());
    }
  });

  it('does not keep a store from closing', async () => {
    await server.pause();
    const began = performance.now();
    await store.close();
    expect(performance.now() - began).toBeLessThan(MOST_MS);
    await expect(store.ping()).rejects.toMatchObject({ code: 'store.unavailable' });
  });

  it('is named when a store is opened on it', async () => {
    await server.stop();
    const began = performance.now();
    await expect(open()).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    });
    expect(performance.now() - began).toBeLessThan(MOST_MS);
  });

  it('takes the same events again after it has hung, without a gap or a double', async () => {
    const runId = newId();
    const writer = await store.runLog.open(runId);
    await writer.append(logEvents(1, 5));
    await server.pause();
    await expect(writer.append(logEvents(6, 40))).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(writer.lastSeq).toBe(5);
    server.resume();
    await eventually(() => writer.append(logEvents(6, 40)));
    expect(writer.lastSeq).toBe(40);
    await writer.append(logEvents(41, 42));
    expect(await store.runLog.read(runId, 0, 100)).toEqual(logEvents(1, 42));
  });
});
