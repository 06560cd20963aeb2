import { afterEach, expect, it } from '@jest/globals';
import { Exposition } from '../../../src/adapters/metrics/exposition.js';
import { measureProcess } from '../../../src/adapters/metrics/process-metrics.js';
import { eventually } from '../../support/eventually.js';
import { parseExposition } from '../../support/exposition.js';

let stop: () => void = () => undefined;
afterEach(() => stop());

const measured = () => {
  const exposition = new Exposition();
  stop = measureProcess(exposition, { version: '1.2.3', store: 'memory' });
  return () => parseExposition(exposition.text());
};

it('sees an event loop that was held up', async () => {
  const scrape = measured();
  await eventually(() => {
    const until = performance.now() + 300;
    while (performance.now() < until);
    const told = scrape();
    expect(told.value('runlet_event_loop_lag_max_seconds')).toBeGreaterThan(0.2);
    expect(told.value('runlet_event_loop_lag_max_seconds')).toBeLessThan(5);
    expect(told.value('runlet_event_loop_lag_p99_seconds')).toBeGreaterThan(0.2);
  });
  await eventually(() => expect(scrape().value('runlet_event_loop_lag_max_seconds')).toBeLessThan(0.2));
});

it('tells what the process takes, and what was built', async () => {
  const scrape = measured();
  const before = scrape();
  expect(before.value('runlet_build_info', { version: '1.2.3', store: 'memory' })).toBe(1);
  expect(before.value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(before.value('process_open_fds')).toBeGreaterThan(3);
  expect(before.value('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), -1);
  const cpu = (told: typeof before) => told.value('process_cpu_seconds_total');
  await eventually(() => expect(cpu(scrape())).toBeGreaterThan(cpu(before)));
});
