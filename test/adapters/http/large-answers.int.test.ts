import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BasicAuth, makeBasicAuth } from '../../../src/adapters/http/basic-auth.js';
import { unacknowledgedBytes } from '../../../src/adapters/http/edge/unacknowledged-bytes.js';
import { eventually } from '../../support/eventually.js';
import { aLogEvent, aSuccess, anAuditEvent, newId } from '../../contracts/samples.js';
import { type Api, basic, PASSWORD, startApi } from './support/api.js';

const SCRIPTS = '/api/admin/scripts';
const MB = 1024 * 1024;
const ada = { name: 'ada', password: PASSWORD };
const bob = { name: 'bob', password: PASSWORD };

const describeOnLinux = existsSync('/proc/self/net/tcp') ? describe : describe.skip;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let auth: BasicAuth;
let api: Api;
let sockets: Socket[];
const restart = async (given: Parameters<typeof startApi>[0] = {}): Promise<void> => {
  auth = makeBasicAuth({ admins: [ada, bob] });
  api = await startApi({ authenticate: auth, ...given });
  sockets = [];
};
beforeEach(() => restart());
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await api.close();
});

/** Asks, and reads nothing of the answer until told to. */
const ask = async (path: string, { name = 'ada', address = '' } = {}): Promise<Socket> => {
  const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: false });
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  const forwarded = address === '' ? '' : `x-forwarded-for: ${address}\r\n`;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${forwarded}authorization: ${basic(name)}\r\n\r\n`);
  return socket;
};

/** What is read of an answer until its connection is closed, or `enough` has come. */
const read = (socket: Socket, enough = Infinity): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (): void => resolve(Buffer.concat(chunks).toString('latin1'));
    socket.on('close', done);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= enough) done();
    });
    socket.resume();
  });

/** A run whose log has so many MB in events of 64 KB. */
const longRun = async (megabytes: number): Promise<string> => {
  const { runId } = await api.world.startRun();
  api.world.runner.runs.at(-1)!.end();
  const { meta } = await eventually(async () => {
    const run = await api.world.run(runId);
    expect(run.status).toBe('succeeded');
    return run;
  });
  const writer = await api.world.store.runLog.open(runId);
  const line = `${'x'.repeat(64 * 1024 - 1)}\n`;
  await writer.append(Array.from({ length: megabytes * 16 }, (_, i) => aLogEvent(meta.lastSeq + 1 + i, line)));
  const run = await api.world.run(runId);
  api.world.store.runs.find = async () => ({ ...run, meta: { ...run.meta, lastSeq: meta.lastSeq + megabytes * 16 } });
  return runId;
};

const manyRuns = async (): Promise<void> => {
  const scriptId = newId();
  for (let i = 0; i < 200; i++)
    await api.world.store.runs.insert(aSuccess(1, { scriptId, meta: { result: 'r'.repeat(60_000) } }), anAuditEvent());
};

const manyTails = async (): Promise<void> => {
  const outputTail = `${'0123456789abcdef'.repeat(4)}\n`.repeat(1000);
  for (let i = 0; i < 200; i++) await api.world.store.runs.insert(aSuccess(1, { outputTail }), anAuditEvent());
};

const manyScripts = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await api.world.createScript({ name: `Script ${i}`, script: '#'.repeat(MB) });
};

const manyEvents = async (): Promise<void> => {
  for (let i = 0; i < 200; i++)
    await api.world.store.audit.append(anAuditEvent({ changes: Array<string>(50).fill('x'.repeat(100)) }));
};

/** Every answer that can be large, and what makes it so. */
const LARGE: [string, () => Promise<string>][] = [
  ['events', async () => `${SCRIPTS}/runs/${await longRun(20)}/events?limit=200`],
  ['events backwards', async () => `${SCRIPTS}/runs/${await longRun(20)}/events?limit=200&before=300`],
  ['log', async () => `${SCRIPTS}/runs/${await longRun(20)}/log`],
  ['search', async () => `${SCRIPTS}/runs/${await longRun(20)}/search?q=x&limit=200`],
  ['list of runs', async () => (await manyRuns(), `${SCRIPTS}/runs?limit=200`)],
  ['list of runs with their output', async () => (await manyTails(), `${SCRIPTS}/runs?limit=200`)],
  ['list of scripts', async () => (await manyScripts(), SCRIPTS)],
  ['trail', async () => (await manyEvents(), '/api/admin/audit?limit=200')],
  ['document of the API', async () => '/api/admin/openapi.json'],
];

describe.each(LARGE)('the %s', (_, prepare) => {
  it('is the same whether it is read at once or late, and costs little while nobody reads it', async () => {
    const path = await prepare();
    const { text, status } = await api.call('GET', path);
    expect(status).toBe(200);
    collectGarbage();
    const memory = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = memory();
    const unread = await Promise.all(Array.from({ length: 20 }, () => ask(path)));
    await Promise.all(unread.map((socket) => once(socket, 'readable')));
    // Until the kernel has taken for the clients what it takes, and nothing moves any more.
    let after = Infinity;
    await eventually(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      collectGarbage();
      const last = after;
      after = memory();
      expect(Math.abs(after - last)).toBeLessThan(MB);
    });
    expect((after - before) / unread.length).toBeLessThan(2.5 * MB);

    const [first] = unread;
    const got = await read(first!, text.length);
    expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const socket of unread) socket.destroy();
  }, 60_000);

  it('ends with the connection of who leaves', async () => {
    const path = await prepare();
    const socket = await ask(path);
    await read(socket, 1000);
    socket.destroy();
    await eventually(async () => {
      const connections = await new Promise<number>((resolve) => api.server.getConnections((__, n) => resolve(n)));
      expect(connections).toBeLessThanOrEqual(1); // that of the calls
    });
    expect(api.logged).toEqual([]);
  }, 60_000);
});

it('a list of runs has no more of their output than 4 KiB each', async () => {
  await manyTails();
  const whole = (await api.call('GET', `${SCRIPTS}/runs?limit=200`)).text.length;
  const summaries = (await api.call('GET', `${SCRIPTS}/runs?limit=200&view=summary`)).text.length;
  const name = ',"outputTail":""'.length;
  const newlines = 64; // of two characters in JSON
  expect(whole - summaries).toBeLessThanOrEqual(200 * (4096 + newlines + name));
  expect(whole - summaries).toBeGreaterThan(200 * 4096);
});

describe('a large answer', () => {
  it('is made only as fast as it is taken', async () => {
    const path = `${SCRIPTS}/runs/${await longRun(100)}/log`;
    const { runLog } = api.world.store;
    const readLog = runLog.read.bind(runLog);
    let reads = 0;
    runLog.read = (...args) => {
      reads++;
      return readLog(...args);
    };
    const socket = await ask(path);
    for (let last = -1; last !== reads;) {
      last = reads;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(reads).toBeLessThan(200); // of 800
    const text = await read(socket, 100 * MB);
    expect(text.length).toBeGreaterThan(100 * MB);
    expect(reads).toBeGreaterThanOrEqual(800);
  }, 60_000);

  it('is cut off, and logged, when the rest of it cannot be made', async () => {
    await manyScripts();
    const { scripts } = api.world.store;
    const list = scripts.list.bind(scripts);
    scripts.list = async function* () {
      let batches = 0;
      for await (const batch of list()) {
        if (++batches > 5) throw new Error('gone');
        yield batch;
      }
    };
    await expect(api.fetch(SCRIPTS).then((response) => response.text())).rejects.toThrow();
    await eventually(() => expect(api.logged.map(({ message }) => message)).toEqual(['an answer broke off']));
    scripts.list = list;
  });

  it('is answered to HEAD without being made', async () => {
    const path = `${SCRIPTS}/runs/${await longRun(20)}/log`;
    const { status, text, headers } = await api.call('HEAD', path);
    expect([status, text, headers.get('content-type')]).toEqual([200, '', 'text/plain; charset=utf-8']);
  });

  it('ends when its admin loses access, and when the server stops', async () => {
    const path = `${SCRIPTS}/runs/${await longRun(100)}/log`;
    const [ofBob, ofAda] = [await ask(path, { name: 'bob' }), await ask(path)];
    await Promise.all([ofBob, ofAda].map((socket) => once(socket, 'readable')));
    auth.replace([ada]);
    expect((await read(ofBob)).length).toBeLessThan(50 * MB);
    expect(ofAda.destroyed).toBe(false);
    api.stopping.abort();
    expect((await read(ofAda)).length).toBeLessThan(50 * MB);
  });
});

describe('downloads of one address', () => {
  beforeEach(async () => {
    await api.close();
    await restart({ maxStreamsPerAddress: 3, trustProxy: 1 });
  });
  const statusOf = async (path: string, address: string): Promise<[number, string | undefined]> => {
    const { status, json } = await api.call('GET', path, { headers: { 'x-forwarded-for': address } });
    return [status, (json as { code?: string } | undefined)?.code];
  };

  it('count as streams do; small answers do not, and a place that is left is free again', async () => {
    const run = `${SCRIPTS}/runs/${await longRun(100)}`;
    const open = await Promise.all([1, 2, 3].map(() => ask(`${run}/log`, { address: '192.0.2.1' })));
    await Promise.all(open.map((socket) => once(socket, 'readable')));
    for (const path of [`${run}/log`, `${run}/events?limit=200`, `${SCRIPTS}/runs/stream`])
      expect(await statusOf(path, '192.0.2.1')).toEqual([429, 'streams.too-many']);
    for (const path of [run, `${SCRIPTS}/runs`, `${run}/events?limit=1`])
      expect((await statusOf(path, '192.0.2.1'))[0]).toBe(200);
    expect((await statusOf(`${run}/events?limit=200`, '192.0.2.2'))[0]).toBe(200);
    open[0]!.destroy();
    await eventually(async () => expect((await statusOf(`${run}/events?limit=200`, '192.0.2.1'))[0]).toBe(200));
  });

  it('that are answers to a change are never refused: it is made already', async () => {
    const run = `${SCRIPTS}/runs/${await longRun(100)}`;
    const open = await Promise.all([1, 2, 3].map(() => ask(`${run}/log`, { address: '192.0.2.1' })));
    await Promise.all(open.map((socket) => once(socket, 'readable')));
    const { status } = await api.call('POST', SCRIPTS, {
      json: { name: 'Large', type: 'bash', script: '#'.repeat(MB) },
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(status).toBe(201);
  });
});

describe('a client that takes nothing of its answer', () => {
  const LIMIT_MS = 400;
  beforeEach(async () => {
    await api.close();
    await restart({ requestTimeoutMs: LIMIT_MS });
  });
  const connections = (): Promise<number> =>
    new Promise((resolve) => api.server.getConnections((_, count) => resolve(count)));

  it('is cut off after the time that a request may take, whatever it asked for', async () => {
    const run = `${SCRIPTS}/runs/${await longRun(50)}`;
    await manyScripts();
    await Promise.all([`${run}/log`, SCRIPTS].map((path) => ask(path)));
    // Small answers, asked for until nothing more can be sent.
    const greedy = await ask('/healthz');
    const one = `GET /api/admin/openapi.json HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\n\r\n`;
    greedy.write(one.repeat(2000));
    await eventually(async () => expect(await connections()).toBe(0), { timeoutMs: 20_000 });
    expect(api.logged).toEqual([]);
  }, 40_000);

  describeOnLinux('but takes some of it now and then', () => {
    const SLOW_MS = 1000;
    let served: Socket[];
    beforeEach(async () => {
      await api.close();
      await restart({ requestTimeoutMs: SLOW_MS });
      served = [];
      api.server.on('connection', (socket) => served.push(socket));
    });

    /** Reads no more at a time than shows at the server, and less within the limit than its socket drains by. */
    const takeSlowly = async (socket: Socket): Promise<number> => {
      const server = served.find(({ remotePort }) => remotePort === socket.localPort)!;
      await once(socket, 'readable');
      let bytes = 0;
      for (let pauses = 0; pauses < 8; pauses++) {
        const waiting = await unacknowledgedBytes(server);
        for (let now = waiting; now !== null && now === waiting; now = await unacknowledgedBytes(server))
          bytes += ((socket.read() as Buffer | null) ?? []).length;
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS / 2));
      }
      return bytes;
    };

    it('is not cut off', async () => {
      const socket = await ask(`${SCRIPTS}/runs/${await longRun(50)}/log`);
      const bytes = await takeSlowly(socket);
      expect(bytes).toBeLessThan(25 * MB); // it did wait
      expect(bytes + (await read(socket, 50 * MB - bytes)).length).toBeGreaterThanOrEqual(50 * MB);
    }, 60_000);

    it('gets the next answer on its connection as well', async () => {
      const socket = await ask(`${SCRIPTS}/runs/${await longRun(50)}/log`);
      socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await takeSlowly(socket);
      expect((await read(socket)).endsWith('{"status":"ok"}')).toBe(true);
    }, 60_000);
  });

  it('is not cut off while it is the server that takes long, nor as the viewer of a stream', async () => {
    const { runId } = await api.world.startRun();
    const viewer = await ask(`${SCRIPTS}/runs/${runId}/stream`);
    const { runs } = api.world.store;
    const list = runs.list.bind(runs);
    runs.list = async (query) => {
      await new Promise((resolve) => setTimeout(resolve, 3 * LIMIT_MS));
      return list(query);
    };
    expect((await api.call('GET', `${SCRIPTS}/runs`)).status).toBe(200);
    for (let printed = 0; printed < 20 * MB; printed += 64 * 1024)
      await api.world.runner.runs.at(-1)!.print(`${'y'.repeat(64 * 1024 - 1)}\n`);
    await new Promise((resolve) => setTimeout(resolve, 3 * LIMIT_MS));
    expect(viewer.destroyed).toBe(false);
    expect(await connections()).toBeGreaterThan(0);
    api.world.runner.runs.at(-1)!.end();
    expect(await read(viewer, 20 * MB)).toContain('"yyyy');
  }, 40_000);
});
