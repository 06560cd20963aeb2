import { expect, it } from '@jest/globals';
import { openMemoryStore } from '../../src/adapters/persistence/memory/memory-store.js';
import { fixedClock } from '../../src/adapters/system/fixed-clock.js';
import { createRunlet } from '../../src/composition/create-runlet.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/world.js';

it('a server mends its store at the start and every 30 s, and starts all the same when that fails', async () => {
  const clock = fixedClock();
  const memory = await openMemoryStore();
  let mended = 0;
  const mend = (): Promise<void> => (++mended % 2 === 1 ? Promise.reject(new Error('refused')) : Promise.resolve());
  const runlet = createRunlet(
    {},
    { store: { ...memory, mend }, clock, log: silentLog, authenticate: async () => null },
  );
  await runlet.start();
  try {
    expect(mended).toBe(1);
    await clock.advance(29_000);
    expect(mended).toBe(1);
    for (const times of [2, 3]) {
      await eventually(async () => {
        await clock.advance(1000);
        expect(mended).toBe(times);
      });
    }
  } finally {
    await runlet.stop();
  }
});
