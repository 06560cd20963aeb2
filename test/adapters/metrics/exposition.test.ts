import { describe, expect, it } from '@jest/globals';
import { Exposition } from '../../../src/adapters/metrics/exposition.js';
import { parseExposition } from '../../support/exposition.js';

describe('Exposition', () => {
  it('writes what Prometheus reads, to the character', () => {
    const exposition = new Exposition();
    const runs = exposition.counter('runs_total', 'Runs,\nby \\ outcome.');
    runs.add(1, { status: 'failed', reason: 'a "quoted"\n\\ reason' });
    runs.add(2, { status: 'succeeded', reason: '' });
    const wait = exposition.histogram('wait_seconds', 'Wait.', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 30]) wait.observe(value);
    exposition.gauge('length', 'Length.', () => 0);
    expect(exposition.text()).toBe(`# HELP runs_total Runs,\\nby \\\\ outcome.
# TYPE runs_total counter
runs_total{status="failed",reason="a \\"quoted\\"\\n\\\\ reason"} 1
runs_total{status="succeeded",reason=""} 2
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 2
wait_seconds_bucket{le="1"} 3
wait_seconds_bucket{le="+Inf"} 4
wait_seconds_sum 30.65
wait_seconds_count 4
# HELP length Length.
# TYPE length gauge
length 0
`);
  });

  it('keeps the series of a histogram apart by their labels', () => {
    const exposition = new Exposition();
    const took = exposition.histogram('took_seconds', 'Time.', [1]);
    took.observe(0.5, { operation: 'a' });
    took.observe(2, { operation: 'a' });
    took.observe(3, { operation: 'b' });
    const scrape = parseExposition(exposition.text());
    expect(scrape.value('took_seconds_count', { operation: 'a' })).toBe(2);
    expect(scrape.value('took_seconds_bucket', { operation: 'a', le: '1' })).toBe(1);
    expect(scrape.value('took_seconds_sum', { operation: 'b' })).toBe(3);
  });

  it('leaves out what there is nothing to tell of', () => {
    const exposition = new Exposition();
    exposition.counter('things_total', 'Things.');
    exposition.gauge('unknown', 'Unknown.', () => null);
    const scrape = parseExposition(exposition.text());
    expect([...scrape.types.keys()]).toEqual(['things_total', 'unknown']);
    expect(scrape.has('unknown')).toBe(false);
  });
});

describe('the strict reader of these tests', () => {
  it.each([
    ['no line end', 'a 1'],
    ['a sample without a family', 'a 1\n'],
    ['a TYPE without HELP', '# TYPE a gauge\na 1\n'],
    ['a family twice', '# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n'],
    ['a sample in another family', '# HELP a A.\n# TYPE a gauge\nb 1\n'],
    ['a series twice', '# HELP a A.\n# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
    ['an open label', '# HELP a A.\n# TYPE a gauge\na{x="1} 1\n'],
    ['a comma at the end', '# HELP a A.\n# TYPE a gauge\na{x="1",} 1\n'],
    ['no number', '# HELP a A.\n# TYPE a gauge\na one\n'],
    ['a counter that is not named as one', '# HELP a A.\n# TYPE a counter\na 1\n'],
    ['a histogram without +Inf', '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
    [
      'buckets that fall',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    [
      'a count that is not that of +Inf',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n',
    ],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
