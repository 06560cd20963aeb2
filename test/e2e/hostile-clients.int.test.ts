import { get, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, RUNS, SCRIPTS } from './support/api-client.js';
import { cleanUp, freshDataDir, PASSWORD, type Server, startServer } from './support/server.js';

const MIB = 1024 * 1024;
const BYTES = 8 * MIB - 100;
/** Of JavaScript values; an idle server has 20 MB of them. Before bodies were bounded, one of them took 3 GB. */
const HEAP_MB = 160;

let server: Server;
beforeAll(async () => {
  server = await startServer({ ...(await freshDataDir()), NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
}, 30_000);
afterAll(cleanUp);

const filled = (head: string, unit: string, tail: string): Buffer =>
  Buffer.from(head + unit.repeat(Math.floor((BYTES - head.length - tail.length) / unit.length)) + tail);

const post = (path: string, body: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: basic('admin', PASSWORD), 'content-type': 'application/json' };
    const sent = request(server.url + path, { method: 'POST', agent: false, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end(body);
  });

const health = (): Promise<number> =>
  new Promise((resolve, reject) => {
    get(`${server.url}/healthz`, { agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });

describe('Ten bodies of 8 MiB at once', () => {
  // What is refused by its first bytes takes no time; what has to be parsed has turns.
  it.each([
    ['empty objects', SCRIPTS, filled('{"name":"x","type":"bash","script":"x","env":[', '{},', '{}]}'), 0],
    ['empty lists', `${RUNS}/65f0c0ffee0123456789abcd/report`, filled('{"part":1,"end":[', '[],', '0]}'), 0],
    ['nesting', SCRIPTS, Buffer.alloc(BYTES, '['), 0],
    ['one long text', SCRIPTS, filled('{"name":"x","type":"bash","description":"', '\\u20ac', '"}'), 3],
    ['a hundred long texts', SCRIPTS, longVariables(), 3],
    ['broken text', SCRIPTS, filled('{"name":"', '\\u20ac', '"'), 3],
  ])(
    'of %s are refused, and others are answered meanwhile',
    async (_, path, body, meanwhile) => {
      let pending = true;
      const refused = Promise.all(Array.from({ length: 10 }, () => post(path, body))).finally(() => (pending = false));
      const isPending = (): boolean => pending;
      let answered = 0;
      while (isPending()) {
        expect(await health()).toBe(200);
        if (isPending()) answered++;
      }
      expect(await refused).toEqual(Array<number>(10).fill(400));
      expect(answered).toBeGreaterThanOrEqual(meanwhile);
    },
    60_000,
  );

  it('leave the server as it was', async () => {
    expect(await server.api.scripts()).toEqual([]);
    expect(await server.api.runToEnd({ script: 'echo still here' })).toMatchObject({ status: 'succeeded' });
  }, 30_000);
});

function longVariables(): Buffer {
  const value = 'v'.repeat(80 * 1024);
  const env = Array.from({ length: 100 }, (_, i) => ({ key: `KEY_${i}`, value }));
  return Buffer.from(JSON.stringify({ name: 'x', type: 'bash', script: 'x', env }));
}
