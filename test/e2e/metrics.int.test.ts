import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { parseExposition } from '../support/exposition.js';
import { RUNS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { startServer, type Server } from './support/server.js';

await describeOnEachStore('The metrics', (store) => {
  const start = async (): Promise<Server> => startServer({ ...(await store.fresh()), MAX_CONCURRENT_RUNS: '1' });
  const scrape = async ({ api }: Server) => parseExposition((await api.get<string>('/metrics')).text);

  it('tell, after known runs, exactly what happened', async () => {
    const server = await start();
    for (const script of ['printf 12345; printf 123 >&2', 'true', 'exit 7', 'kill -9 $$']) {
      await server.api.runToEnd({ script });
    }
    await server.api.runToEnd({ type: 'node', runner: 'vm2', script: 'console.log("123456789")' });
    await server.api.runToEnd({ script: 'sleep 60', timeoutMs: 300 });

    const told = await scrape(server);
    expect(Object.fromEntries(told.series('runlet_runs_total'))).toEqual({
      'reason="",runner="host",status="succeeded"': 2,
      'reason="",runner="vm2",status="succeeded"': 1,
      'reason="exit-code",runner="host",status="failed"': 1,
      'reason="signal",runner="host",status="failed"': 1,
      'reason="timeout",runner="host",status="timed_out"': 1,
    });
    expect(told.value('runlet_run_duration_seconds_count', { runner: 'host' })).toBe(5);
    expect(told.value('runlet_run_duration_seconds_count', { runner: 'vm2' })).toBe(1);
    const seconds = told.value('runlet_run_duration_seconds_sum', { runner: 'host' });
    expect(seconds).toBeGreaterThan(0.3);
    expect(seconds).toBeLessThan(30);
    expect(told.value('runlet_queue_wait_seconds_count')).toBe(6);
    expect(told.value('runlet_output_bytes_total', { stream: 'stdout' })).toBe(5 + 10);
    expect(told.value('runlet_output_bytes_total', { stream: 'stderr' })).toBe(3);
    for (const gauge of ['runlet_runs_running', 'runlet_queue_length', 'runlet_viewers']) {
      expect(told.value(gauge)).toBe(0);
    }
    for (const operation of ['runs.insert', 'runs.claim', 'runs.finishRunning', 'runLog.open']) {
      expect(told.value('runlet_store_duration_seconds_count', { operation })).toBe(6);
    }
    expect([...told.series('runlet_build_info').keys()]).toEqual([
      expect.stringMatching(`^node="${process.version}",store="${store.kind}",version="[\\d.]+"$`),
    ]);
    await server.stop();
  }, 30_000);

  it('tell what runs, waits and is watched now', async () => {
    const server = await start();
    const { api } = server;
    const { id } = await api.createScript({ script: 'echo here; sleep 60' });
    const runIds = [await api.startRun(id), await api.startRun(id), await api.startRun(id)];
    const viewers = await Promise.all([
      api.openStream(`${RUNS}/${runIds[0]!}/stream`),
      api.openStream(`${RUNS}/${runIds[1]!}/stream`),
    ]);
    await eventually(async () => {
      const told = await scrape(server);
      expect(told.value('runlet_runs_running')).toBe(1);
      expect(told.value('runlet_queue_length')).toBe(2);
      expect(told.value('runlet_viewers')).toBe(2);
    });
    for (const viewer of viewers) viewer.leave();
    for (const runId of runIds.reverse()) await api.cancel(runId);
    await eventually(async () => {
      const told = await scrape(server);
      expect(told.value('runlet_runs_running')).toBe(0);
      expect(told.value('runlet_viewers')).toBe(0);
      expect(told.value('runlet_runs_total', { status: 'canceled', reason: 'canceled', runner: 'host' })).toBe(3);
      expect(told.value('runlet_run_duration_seconds_count', { runner: 'host' })).toBe(1); // two never started
    });
    await server.stop();
  }, 30_000);

  it('are for those who may sign in, as the text that Prometheus asks for', async () => {
    const server = await start();
    const { api } = server;
    expect((await api.as(null).get('/metrics')).status).toBe(401);
    expect((await api.get('/metrics?x=1')).status).toBe(400);
    expect((await api.send('POST', '/metrics')).status).toBe(405);
    const { status, headers } = await api.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    await server.stop();
  }, 30_000);
});
