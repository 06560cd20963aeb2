import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { findFaketime, settableClock } from '../support/faketime.js';
import { RUNS, SCRIPTS } from './support/api-client.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const HOUR_S = 3600;
const library = findFaketime();

/** Prints a line every 100 ms until there is a file. */
const printing = (until: string): string =>
  `unset LD_PRELOAD; while [ ! -e ${until} ]; do echo line $((++n)); sleep 0.1; done`;

(library === null ? describe.skip : describe)('A server whose clock is set while it runs', () => {
  afterAll(cleanUp);

  const start = async (): Promise<{ server: Server; set: (seconds: number) => void }> => {
    const clock = settableClock(library ?? '', await temporaryFolder());
    const server = await startServer({ ...(await freshDataDir()), ...clock.environment });
    return { server, set: clock.set };
  };

  it.each([
    ['back by an hour', -HOUR_S],
    ['forward by a day', 24 * HOUR_S],
  ])(
    '%s: what a run prints goes on to viewers, log and tail, and it took as long as it took',
    async (_, seconds) => {
      const { server, set } = await start();
      const { api } = server;
      const stop = `${await temporaryFolder()}/stop`;
      const before = performance.now();
      const runId = await api.run({ script: printing(stop) });
      await api.printed(runId, 'line 2\n');
      const begun = performance.now();
      set(seconds);
      const { createdAt } = await api.createScript({ script: 'true' });
      expect(Math.abs(Date.parse(createdAt) - Date.now() - seconds * 1000)).toBeLessThan(60_000);

      await api.printed(runId, 'line 20\n');
      expect(await api.log(runId)).toContain('line 20\n');
      await eventually(async () => expect((await api.runOf(runId)).outputTail).toContain('line 20\n'));
      writeFileSync(stop, '');
      const leastMs = performance.now() - begun;
      const run = await api.ended(runId);
      expect(run.status).toBe('succeeded');
      expect(run.meta.durationMs).toBeGreaterThanOrEqual(Math.floor(leastMs));
      expect(run.meta.durationMs).toBeLessThanOrEqual(Math.ceil(performance.now() - before));
      await server.stop();
    },
    60_000,
  );

  it('back by an hour: streams that are silent are pinged, and whoever is throttled gets in after a minute', async () => {
    const { server, set } = await start();
    const { api } = server;
    const runId = await api.run({ script: 'unset LD_PRELOAD; sleep 60' });
    const stream = await api.openStream(`${RUNS}/${runId}/stream`);
    const wrong = api.as({ user: 'admin', password: 'a wrong one' });
    for (let n = 0; n < 10; n++) expect((await wrong.get(SCRIPTS)).status).toBe(401);
    const refused = await api.get(SCRIPTS);
    expect(refused.status).toBe(429);
    const refusedAt = performance.now();
    set(-HOUR_S);

    for await (const { event } of stream.frames) if (event === 'ping') break;
    stream.leave();
    await eventually(async () => expect((await api.get(SCRIPTS)).status).toBe(200), { timeoutMs: 75_000 });
    expect(performance.now() - refusedAt).toBeGreaterThan(Number(refused.headers.get('retry-after')) * 1000 - 5000);
    await server.stop();
  }, 120_000);
});
