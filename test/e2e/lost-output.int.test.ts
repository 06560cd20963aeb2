import { rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ApiClient } from './support/api-client.js';
import { startProgram } from './support/program.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, startServer } from './support/server.js';

afterAll(cleanUp);

/** The watch of the store makes the folder again and logs that. */
const logALine = async ({ DATA_DIR }: { DATA_DIR: string }): Promise<void> => {
  const logs = join(DATA_DIR, 'logs');
  await rm(logs, { recursive: true });
  await eventually(() => stat(logs), { timeoutMs: 15_000 });
};

describe('A server whose output', () => {
  it('nobody reads any more goes on, and stops in order', async () => {
    const dataDir = await freshDataDir();
    const server = await startServer(dataDir);
    server.closeOutput();
    await logALine(dataDir);
    expect((await server.api.runToEnd({ name: 'Later', script: 'echo later' })).status).toBe('succeeded');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it.each(['1', '2'])('cannot be written (descriptor %s) goes on, and stops in order', async (descriptor) => {
    const dataDir = await freshDataDir();
    const PORT = String(await freePort());
    const env = { PATH: process.env.PATH, HOME: '/', ADMIN_PASS: PASSWORD, HOST: '127.0.0.1', PORT, ...dataDir };
    const command = `exec ${process.execPath} ${PROJECT}dist/main.js ${descriptor}>/dev/full`;
    const program = startProgram('bash', ['-c', command], { env });
    const url = `http://127.0.0.1:${PORT}`;
    await eventually(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), { timeoutMs: 20_000 });
    await logALine(dataDir);
    const api = new ApiClient(url, { user: 'admin', password: PASSWORD });
    expect((await api.runToEnd({ name: 'Later', script: 'echo later' })).status).toBe('succeeded');
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => resolve(port));
    });
  });
