import { expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import { SCRIPTS } from './support/api-client.js';
import { describeOnMongo } from './support/each-store.js';
import { startServer } from './support/server.js';
import type { ErrorJson, Listed, ScriptJson } from './support/wire-types.js';

await describeOnMongo('Collections that another application has filled', (store) => {
  it('are listed, run and edited; what is not ours in them stays', async () => {
    const settings = await store.fresh();
    const uri = settings.MONGODB_URI ?? '';
    const at = new Date('2024-05-06T07:08:09.010Z');
    const base = {
      description: '',
      defaultWorkingDirectory: '',
      env: [],
      timeoutMs: 60_000,
      enabled: true,
      createdAt: at,
      updatedAt: at,
      __v: 3,
    };
    const plain = {
      ...base,
      _id: new ObjectId(),
      name: 'Plain',
      codeIdentifier: 'plain',
      type: 'bash',
      runner: 'host',
      script: 'echo plain',
      team: 'ops',
    };
    const encoded = {
      ...base,
      _id: new ObjectId(),
      name: 'Encoded',
      codeIdentifier: 'encoded',
      type: 'node',
      runner: 'host',
      script: Buffer.from('console.log("was base64")').toString('base64'),
      scriptFormat: 'base64',
    };
    const broken = {
      ...base,
      _id: new ObjectId(),
      name: 'Broken',
      codeIdentifier: 'broken',
      type: 'perl',
      runner: 'host',
      script: 'print 1',
    };
    await withDatabase(uri, (db) => db.collection('script_definitions').insertMany([plain, encoded, broken]));

    const server = await startServer(settings);
    const { api } = server;
    const { items } = (await api.get<Listed<ScriptJson & { invalid?: unknown }>>(SCRIPTS)).body;
    expect(items.map(({ name, script, invalid }) => [name, script, invalid !== undefined]).sort()).toEqual([
      ['Broken', 'print 1', true],
      ['Encoded', 'console.log("was base64")', false],
      ['Plain', 'echo plain', false],
    ]);
    const [plainId, encodedId, brokenId] = [plain, encoded, broken].map(({ _id }) => _id.toHexString());
    expect(await api.script(plainId ?? '')).toMatchObject({ id: plainId, revision: 0, createdAt: at.toISOString() });
    for (const [id, output] of [
      [plainId, 'plain\n'],
      [encodedId, 'was base64\n'],
    ] as const) {
      const run = await api.ended(await api.startRun(id ?? ''));
      expect(run).toMatchObject({
        scriptId: id,
        status: 'succeeded',
        outputTail: output,
        meta: { script: { revision: 1 } },
      });
    }
    const refused = await api.send<ErrorJson>('POST', `${SCRIPTS}/${brokenId ?? ''}/run`);
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'script.invalid', error: expect.stringContaining('type') },
    });

    await api.editScript(plainId ?? '', { script: 'echo edited' });
    await api.editScript(encodedId ?? '', { description: 'edited' });
    await api.editScript(brokenId ?? '', { type: 'bash', runner: 'host', script: 'echo mended' });
    expect(await api.ended(await api.startRun(brokenId ?? ''))).toMatchObject({ outputTail: 'mended\n' });
    expect(await api.ended(await api.startRun(encodedId ?? ''))).toMatchObject({ outputTail: 'was base64\n' });
    await server.stop();

    const [definitions, runs] = await withDatabase(uri, async (db) => [
      await db.collection('script_definitions').find().toArray(),
      await db.collection('script_runs').find().toArray(),
    ]);
    const stored = definitions.find(({ _id }) => _id.equals(plain._id));
    expect(stored).toMatchObject({
      script: 'echo edited',
      team: 'ops',
      __v: 3,
      createdAt: at,
      updatedAt: expect.any(Date),
    });
    expect(runs).toHaveLength(4);
    for (const run of runs) {
      expect([run._id, run.scriptId].every((id) => id instanceof ObjectId)).toBe(true);
      expect(run).toMatchObject({
        startedAt: expect.any(Date),
        finishedAt: expect.any(Date),
        createdAt: expect.any(Date),
      });
    }
  }, 60_000);
});
