import { closeSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { peakMb, residentMb } from '../support/process-memory.js';
import { startHelper, startServer } from '../support/processes.js';
import { atLeastTimes, atMost, under } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf, quantile } from '../support/statistics.js';

const LINES = 1_000_000;
const ROUNDS = 7;
/** The logs of all rounds, and some more. */
const TOUCHED_MB = 1200;

/** A script that prints 100 MB, to one viewer who checks every byte, while somebody asks /healthz every 10 ms. */
export const largeOutput = async (workspace) => {
  touchPageCache(workspace);
  const expected = numberedLines();
  const file = join(workspace.newFolder('output'), 'lines');
  writeFileSync(file, expected);
  const command = `cat ${file}`;

  const bareServer = await startServer(workspace, 'bench/bare-sse.js');
  const bare = new Watched(bareServer, startHelper(workspace, 'bench/healthz-probe.js'), expected);
  const openBare = () => post(`${bareServer.origin}/`, command);

  const runletServer = await startRunlet(workspace);
  const runlet = new Watched(runletServer, startHelper(workspace, 'bench/healthz-probe.js'), expected);
  const { client } = runletServer;
  const scriptId = await client.createScript('100 MB', command);
  const openRunlet = async () => client.openRun(await client.run(scriptId));

  const speed = await inTurns(
    { rounds: ROUNDS },
    () => bare.measure(openBare),
    () => runlet.measure(openRunlet),
  );
  return [
    {
      what: '100 MB to one viewer, MB/s',
      bare: medianOf(speed.bare),
      runlet: medianOf(speed.runlet),
      bar: atLeastTimes(0.7),
      note: `cat of ${LINES} numbered lines, ${ROUNDS} each, every byte checked; bare: the same frames, no log`,
    },
    {
      what: '  growth of the server’s memory, peak, MB',
      bare: { value: bare.growthMb() },
      runlet: { value: runlet.growthMb() },
      bar: under(80),
    },
    {
      what: '  /healthz meanwhile, p99 (p50–worst), ms',
      bare: bare.healthz(),
      runlet: runlet.healthz(),
      bar: atMost(30),
      note: `asked every 10 ms from a process of its own, ${bare.asked} and ${runlet.asked} times`,
    },
  ];
};

/** One server under load: its speed, the memory it takes for it, and how it answers meanwhile. */
class Watched {
  #server;
  #probe;
  #expected;
  #restMb;
  #healthz = [];

  constructor(server, probe, expected) {
    this.#server = server;
    this.#probe = probe;
    this.#expected = expected;
  }

  get asked() {
    return this.#healthz.length;
  }

  /** MB/s of one run. */
  async measure(open) {
    this.#restMb ??= residentMb(this.#server.pid);
    await this.#probe.ask({ url: `${this.#server.origin}/healthz` });
    const startedAt = performance.now();
    await checkOutput(await open(), this.#expected);
    const seconds = (performance.now() - startedAt) / 1000;
    this.#healthz.push(...(await this.#probe.ask({})));
    return this.#expected.length / 1e6 / seconds;
  }

  growthMb() {
    return peakMb(this.#server.pid) - this.#restMb;
  }

  healthz() {
    return {
      value: quantile(this.#healthz, 0.99),
      low: quantile(this.#healthz, 0.5),
      high: Math.max(...this.#healthz),
    };
  }
}

/** Memory that a virtual machine has not used yet, or has given back, takes up to eight times as long to fill. */
const touchPageCache = (workspace) => {
  const file = join(workspace.newFolder('touched'), 'file');
  const piece = Buffer.alloc(1024 * 1024);
  const fd = openSync(file, 'w');
  for (let written = 0; written < TOUCHED_MB; written += 1) writeSync(fd, piece);
  closeSync(fd);
  unlinkSync(file);
};

/** Each line is another one, so that no piece can be missing, doubled or moved unseen. */
const numberedLines = () => {
  const lines = [];
  for (let line = 1; line <= LINES; line += 1) lines.push(String(line).padStart(99, '.'));
  return Buffer.from(`${lines.join('\n')}\n`).toString('latin1'); // flat, so that pieces are compared fast
};

const checkOutput = async (response, expected) => {
  let position = 0;
  let lastSeq = 0;
  let status = null;
  await readEvents(response, (type, event) => {
    if (event.seq !== lastSeq + 1) throw new Error(`event ${event.seq} came after event ${lastSeq}`);
    lastSeq = event.seq;
    if (type === 'done') status = event.status;
    if (type !== 'log') return;
    if (event.stream !== 'stdout' || !expected.startsWith(event.line, position)) {
      throw new Error(`the output differs at or after byte ${position}: event ${event.seq} on ${event.stream}`);
    }
    position += event.line.length;
  });
  if (position !== expected.length) throw new Error(`${position} of ${expected.length} bytes came`);
  if (status !== 'succeeded') throw new Error(`the run ended as ${status}`);
};

const post = (url, body) =>
  new Promise((resolve, reject) => {
    send(url, { method: 'POST' }, resolve).once('error', reject).end(body);
  });
