import { readEvents } from '../support/event-stream.js';
import { peakMb, residentMb } from '../support/process-memory.js';
import { startHelper, startServer } from '../support/processes.js';
import { under } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { quantile } from '../support/statistics.js';

const ROUNDS = 3;
const LIMIT_MS = 4000;

const RUNAWAYS = {
  'a loop': 'for (;;);',
  'a loop of promises': 'const again = () => { Promise.resolve().then(again) }; again()',
  'a loop of awaits': 'for (;;) await 0',
  'a pattern': '/(a+)+$/.test("a".repeat(50) + "b")',
  'an array': 'const all = []; for (;;) all.push(new Array(1000).fill("x"))',
  'array buffers': 'const all = []; for (;;) try { all.push(new ArrayBuffer(1e8)) } catch (e) { e }',
  'typed arrays': 'const all = []; for (;;) try { all.push(new Float64Array(1e6).fill(1)) } catch (e) { e }',
  'the console': 'for (;;) console.log("x".repeat(10000))',
};

/** Eight vm2 scripts that run away at once, while somebody asks /healthz of Runlet, and of a bare server beside it, every 10 ms. */
export const vm2Runaways = async (workspace) => {
  const bareServer = await startServer(workspace, 'bench/bare-http.js');
  const runletServer = await startRunlet(workspace);
  const { client } = runletServer;
  const details = { type: 'node', runner: 'vm2', timeoutMs: LIMIT_MS };
  const ids = [];
  for (const [name, script] of Object.entries(RUNAWAYS)) ids.push(await client.createScript(name, script, details));
  const probes = [bareServer, runletServer].map(({ origin }) => ({
    url: `${origin}/healthz`,
    probe: startHelper(workspace, 'bench/healthz-probe.js'),
    samples: [],
  }));

  const restMb = residentMb(runletServer.pid);
  let longestMs = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { probe, url } of probes) await probe.ask({ url });
    const times = await Promise.all(ids.map((id) => untilEnded(client, id)));
    longestMs = Math.max(longestMs, ...times);
    for (const { probe, samples } of probes) samples.push(...(await probe.ask({})));
  }
  const [bare, runlet] = probes.map(({ samples }) => ({
    value: quantile(samples, 0.99),
    low: quantile(samples, 0.5),
    high: Math.max(...samples),
  }));
  return [
    {
      what: '/healthz beside 8 vm2 runaways, p99, ms',
      bare,
      runlet,
      bar: under(150),
      note:
        `p50–worst in brackets; ${ROUNDS} × 8 scripts with a limit of ${LIMIT_MS / 1000} s, the last ended after ` +
        `${(longestMs / 1000).toFixed(1)} s; the server grew by ${(peakMb(runletServer.pid) - restMb).toFixed(0)} MB`,
    },
  ];
};

/** ms from the start to the end. */
const untilEnded = async (client, scriptId) => {
  const startedAt = performance.now();
  let status = null;
  await readEvents(await client.openRun(await client.run(scriptId)), (type, event) => {
    if (type === 'done') status = event.status;
  });
  if (status !== 'timed_out' && status !== 'failed') throw new Error(`a runaway ended as ${status}`);
  return performance.now() - startedAt;
};
