import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, startApi } from './support/api.js';
import { type Frame, watch } from './support/sse-client.js';

const RUNS = '/api/admin/scripts/runs';
const MB = 1024 * 1024;

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const print = async (bytes: number, piece: string): Promise<void> => {
  const run = api.world.runner.runs.at(-1)!;
  for (let printed = 0; printed < bytes; printed += piece.length) {
    await run.print(piece);
    await new Promise((resolve) => setImmediate(resolve)); // as a pipe is read: a piece a turn
  }
};

describe('viewers who do not read', () => {
  it('cost no memory, delay nobody, and get everything once they do read', async () => {
    const { runId } = await api.world.startRun();
    const slow = await Promise.all(
      Array.from({ length: 10 }, () => watch(api, `${RUNS}/${runId}/stream`, { reading: false })),
    );
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    await print(50 * MB, `${'x'.repeat(16 * 1024 - 1)}\n`);
    api.world.runner.runs[0]!.end();
    await eventually(async () => expect((await api.world.run(runId)).status).toBe('succeeded'));
    collectGarbage();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * MB); // 500 MB without backpressure

    const [one] = slow;
    let frames = 0;
    let carry = '';
    for await (const chunk of one!.response.setEncoding('latin1')) {
      const lines = (carry + String(chunk)).split('\n');
      carry = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('id: ')) expect(line).toBe(`id: ${++frames}`);
    }
    expect(frames).toBe((await api.world.run(runId)).meta.lastSeq + 2);
    for (const viewer of slow) viewer.leave();
    await eventually(() => expect(api.world.bus.subscriptions).toBe(0));
  }, 60_000);
});

describe('viewers who leave', () => {
  const ask = (path: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(api.port, '127.0.0.1', () => {
        socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\n\r\n`, () => resolve(socket));
      });
      socket.on('error', reject);
    });

  it('a silent run, a thousand at once, leave nothing behind a second later', async () => {
    const { runId } = await api.world.startRun();
    const sockets = await Promise.all(Array.from({ length: 1000 }, () => ask(`${RUNS}/${runId}/stream`)));
    await eventually(() => expect(api.world.bus.subscriptions).toBe(1000), { timeoutMs: 30_000 });
    for (const socket of sockets) socket.destroy();
    await eventually(() => expect(api.world.bus.subscriptions).toBe(0), { timeoutMs: 1000 });
    expect(api.logged).toEqual([]);
  }, 60_000);

  it('the list of runs too', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => ask(`${RUNS}/stream`)));
    await eventually(() => expect(api.world.bus.subscriptions).toBe(100));
    for (const socket of sockets) socket.destroy();
    await eventually(() => expect(api.world.bus.subscriptions).toBe(0), { timeoutMs: 1000 });
  }, 30_000);

  it('while their stream is being opened leave nothing behind', async () => {
    const { runId } = await api.world.startRun();
    const { bus, store } = api.world;
    const subscribe = bus.subscribe.bind(bus);
    const find = store.runs.find.bind(store.runs);
    let subscribed = 0;
    let opening = 0;
    bus.subscribe = (...args) => {
      subscribed++;
      return subscribe(...args);
    };
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    store.runs.find = async (id) => {
      opening++;
      await opened;
      return find(id);
    };
    const sockets = await Promise.all(Array.from({ length: 50 }, () => ask(`${RUNS}/${runId}/stream`)));
    await eventually(() => expect(opening).toBe(50));
    const left = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve))));
    for (const socket of sockets) socket.destroy();
    await left;
    await eventually(
      () =>
        new Promise<void>((resolve, reject) =>
          api.server.getConnections((_, count) => (count === 0 ? resolve() : reject(new Error(`${count} are there`)))),
        ),
    );
    open();
    await eventually(() => expect(subscribed).toBe(50));
    await eventually(() => expect(api.world.bus.subscriptions).toBe(0), { timeoutMs: 1000 });
  }, 30_000);
});

describe('streams of one address', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const statusOf = async (path: string, address: string): Promise<number> => {
    const viewer = await watch(api, path, { headers: from(address) });
    viewer.leave();
    return viewer.response.statusCode ?? 0;
  };
  beforeEach(async () => {
    await api.close();
    api = await startApi({ maxStreamsPerAddress: 3, trustProxy: 1 });
  });

  it('are refused as 429 beyond the limit, those of others are not, and a place that is left is free again', async () => {
    const { runId } = await api.world.startRun();
    const paths = [`${RUNS}/stream`, `${RUNS}/${runId}/stream`, `${RUNS}/${runId}/stream`];
    const viewers = await Promise.all(paths.map((path) => watch(api, path, { headers: from('192.0.2.1') })));
    for (const path of paths) {
      const { status, headers, json } = await api.call('GET', path, { headers: from('192.0.2.1') });
      expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'streams.too-many', '10']);
      expect(await statusOf(path, '192.0.2.2')).toBe(200);
    }
    expect((await api.call('GET', `${RUNS}/${runId}`, { headers: from('192.0.2.1') })).status).toBe(200);
    viewers[0]!.leave();
    await eventually(async () => expect(await statusOf(paths[1]!, '192.0.2.1')).toBe(200));
    for (const viewer of viewers) viewer.leave();
  });

  it('that were never opened take no place', async () => {
    const { runId } = await api.world.startRun();
    api.world.runner.runs[0]!.end();
    const { lastSeq } = await eventually(async () => {
      const run = await api.world.run(runId);
      expect(run.status).toBe('succeeded');
      return run.meta;
    });
    for (let n = 0; n < 5; n++) {
      expect((await api.call('GET', `${RUNS}/65f0c0ffee0123456789abcd/stream`)).status).toBe(404);
      expect((await api.call('GET', `${RUNS}/${runId}/stream?since=${lastSeq + 2}`)).status).toBe(204);
      expect((await api.call('GET', `${RUNS}/${runId}/stream`)).status).toBe(200);
    }
    expect(await statusOf(`${RUNS}/stream`, '127.0.0.1')).toBe(200);
  });
});

describe('viewers who drop and come back', () => {
  it('get every event once, in order', async () => {
    const { runId } = await api.world.startRun();
    const follow = async (): Promise<Frame[]> => {
      const all: Frame[] = [];
      while (all.at(-1)?.event !== 'done') {
        const headers = all.length > 0 ? { 'last-event-id': all.at(-1)!.id! } : {};
        const viewer = await watch(api, `${RUNS}/${runId}/stream`, { headers });
        const enough = Math.ceil(Math.random() * 200);
        let over = false;
        void viewer.over.then(() => (over = true));
        await eventually(() => {
          if (!over && viewer.frames().length < enough) throw new Error('not enough yet');
        });
        viewer.leave();
        all.push(...viewer.frames());
      }
      return all;
    };
    const viewers = Promise.all(Array.from({ length: 5 }, follow));
    let line = 0;
    for (let i = 0; i < 500; i++) {
      await api.world.runner.runs[0]!.print(`out ${++line}\n`);
      await api.world.runner.runs[0]!.print(`err ${line}\n`, 'stderr');
      await new Promise((resolve) => setTimeout(resolve, 2)); // over many flushes
    }
    api.world.runner.runs[0]!.end();
    for (const frames of await viewers) {
      expect(frames.map(({ id }) => Number(id))).toEqual(frames.map((_, index) => index + 1));
      const printed = frames
        .filter(({ event }) => event === 'log')
        .map(({ data }) => JSON.parse(data!) as { stream: string; line: string });
      for (const [stream, word] of [
        ['stdout', 'out'],
        ['stderr', 'err'],
      ]) {
        const text = printed.filter((piece) => piece.stream === stream).map((piece) => piece.line);
        expect(text.join('')).toBe(Array.from({ length: 500 }, (_, i) => `${word} ${i + 1}\n`).join(''));
      }
    }
  }, 60_000);
});
