import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeAsRoot } from '../support/root.js';
import { cleanUp, type Server, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const NOBODY = 65534;

describeAsRoot('A server whose DATA_DIR was restored by root', () => {
  let DATA_DIR: string;
  let runId: string;
  beforeAll(async () => {
    DATA_DIR = await temporaryFolder();
    await chown(DATA_DIR, NOBODY, NOBODY);
    const first = await startServer({ DATA_DIR }, { user: NOBODY });
    const env = [{ key: 'TOKEN', value: 'hunter2hunter2', secret: true }];
    runId = (await first.api.runToEnd({ script: 'echo kept', env })).id;
    await first.stop();
    await (await start()).kill(); // so that the WAL stays
  }, 30_000);
  afterAll(cleanUp);

  /** With a password of its own, so that the folder has one. */
  const start = (): Promise<Server> => startServer({ DATA_DIR, ADMIN_PASS: undefined }, { user: NOBODY });
  const inVain = () => startInVain({ DATA_DIR }, { user: NOBODY });
  const FILES = [
    ...['lock', 'server-id', 'instance.json', 'has-database', 'admin-password', 'secret-key'],
    ...['runlet.db', 'runlet.db-wal', 'runlet.db-shm'],
  ];

  it.each([...FILES, 'logs', '.'])(
    'names %s, whose it is, and the cure',
    async (name) => {
      const path = name === '.' ? DATA_DIR : join(DATA_DIR, name);
      const before = await stat(path);
      for (const mode of [before.mode & 0o700, before.mode | 0o055]) {
        await chown(path, 0, 0);
        await chmod(path, mode);
        const { code, complaint } = await inVain();
        await chown(path, NOBODY, NOBODY);
        await chmod(path, before.mode);
        const cure = `chown -R nobody ${DATA_DIR}`;
        expect(complaint).toBe(`DATA_DIR: ${path} belongs to root, and this server runs as nobody; as root: ${cure}`);
        expect(code).toBe(1);
      }
    },
    30_000,
  );

  it('names a log', async () => {
    const log = join(DATA_DIR, 'logs', `${runId}.ndjson`);
    await chown(log, 0, 0);
    const { code, complaint } = await inVain();
    await chown(log, NOBODY, NOBODY);
    expect(code).toBe(1);
    expect(complaint).toContain(`DATA_DIR: ${log} belongs to root`);
  }, 30_000);

  it('names what has lost the mode that it needs', async () => {
    const file = join(DATA_DIR, 'runlet.db');
    await chmod(file, 0o400);
    const { code, complaint } = await inVain();
    await chmod(file, 0o600);
    expect(code).toBe(1);
    expect(complaint).toBe(`DATA_DIR: ${file} may not be read and written; chmod -R u+rwX ${DATA_DIR}`);
  }, 30_000);

  it('leaves alone what an operator keeps there, and closes what is its own', async () => {
    for (const name of FILES) await chmod(join(DATA_DIR, name), 0o644);
    await writeFile(join(DATA_DIR, 'runlet.db.bak'), '', { mode: 0o600 }); // of root
    await mkdir(join(DATA_DIR, 'old'), { mode: 0o700 });
    const server = await start();
    for (const name of FILES) expect([name, (await stat(join(DATA_DIR, name))).mode & 0o777]).toEqual([name, 0o600]);
    await server.stop();
  }, 30_000);
});
