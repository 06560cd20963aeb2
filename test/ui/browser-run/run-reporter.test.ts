/** @jest-environment node */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunReporter } from '../../../src/ui/browser-run/run-reporter.js';
import { eventually } from '../../support/eventually.js';

interface Report {
  readonly part: number;
  readonly pieces: { readonly line: string }[];
  readonly droppedBytes: number;
  readonly end?: { readonly status: string };
}

/** A server that takes reports in their order, as Runlet does. */
class FakeServer {
  readonly taken: Report[] = [];
  readonly refused: number[] = [];
  /** Of a report: what happens on its way. Once each. */
  readonly mishaps = new Map<number, 'lost' | 'answer lost' | Promise<void>>();
  bytesThatOutlive = 0;

  readonly fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const report = JSON.parse(init?.body as string) as Report;
    if (init?.keepalive) this.bytesThatOutlive += Buffer.byteLength(init.body as string);
    const mishap = this.mishaps.get(report.part);
    this.mishaps.delete(report.part);
    if (mishap === 'lost') throw new TypeError('the network is down');
    if (mishap instanceof Promise) await mishap;
    const answer = this.#take(report);
    if (mishap === 'answer lost') throw new TypeError('the network is down');
    return answer;
  };

  #take(report: Report): Response {
    const expected = this.taken.length + 1;
    if (report.part > expected) {
      this.refused.push(report.part);
      return Response.json({ error: 'too early', code: 'run.report-out-of-order', expected }, { status: 409 });
    }
    if (report.part === expected) this.taken.push(report);
    return Response.json({ ok: true });
  }

  get output(): string {
    return this.taken.flatMap(({ pieces }) => pieces.map(({ line }) => line)).join('');
  }
}

const realFetch = globalThis.fetch;
let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

const piece = (line: string) => ({ stream: 'stdout' as const, line });
const begun = async (line: string): Promise<RunReporter> => {
  const reporter = new RunReporter('65f0c0ffee0123456789abcd', () => undefined);
  reporter.output([piece(line)], 0);
  await eventually(() => expect(server.output).toBe(line));
  return reporter;
};

describe('what a page reports', () => {
  it('comes in order and once, whatever is lost on the way', async () => {
    server.mishaps.set(1, 'lost').set(2, 'answer lost');
    const reporter = new RunReporter('65f0c0ffee0123456789abcd', () => undefined);
    reporter.output([piece('one\n')], 0);
    await eventually(() => expect(server.taken).toHaveLength(1));
    reporter.output([piece('two\n')], 7);
    await reporter.end({ status: 'succeeded' });
    expect(server.output).toBe('one\ntwo\n');
    expect(server.refused).toEqual([]);
    expect(server.taken.at(-1)).toMatchObject({ end: { status: 'succeeded' } });
  });

  it('as it goes away is all that the server does not know yet', async () => {
    const reporter = await begun('one\n');
    let arrive = (): void => undefined;
    server.mishaps.set(2, new Promise((resolve) => (arrive = resolve)));
    reporter.output([piece('two\n')], 0);
    await eventually(() => expect(server.mishaps.size).toBe(0)); // it is under way
    reporter.output([piece('three\n')], 0);
    reporter.leave('the page was left');
    await eventually(() => expect(server.output).toBe('one\ntwo\nthree\n'));
    expect(server.taken.at(-1)).toMatchObject({ part: 3, end: { status: 'canceled' } });
    arrive();
  });

  it('as it goes away is sent again where it overtook what came before', async () => {
    const reporter = await begun('one\n');
    server.mishaps.set(2, 'lost');
    reporter.output([piece('two\n')], 0);
    await eventually(() => expect(server.mishaps.size).toBe(0));
    server.mishaps.set(2, new Promise((resolve) => setTimeout(resolve, 50)));
    reporter.output([piece('three\n')], 0);
    reporter.leave('the page was left');
    await eventually(() => expect(server.output).toBe('one\ntwo\nthree\n'));
    expect(server.refused).toEqual([3]);
  });

  it('as it goes away fits into what a browser lets outlive a page; the rest is counted', async () => {
    const reporter = await begun('one\n');
    server.mishaps.set(2, 'lost');
    reporter.output([piece('ä'.repeat(25_000))], 0);
    await eventually(() => expect(server.mishaps.size).toBe(0));
    reporter.output(
      Array.from({ length: 1500 }, () => piece('x'.repeat(10))),
      5,
    );
    reporter.leave('the page was left');
    await eventually(() =>
      expect(server.taken.at(-1)?.end).toEqual({ status: 'canceled', message: 'the page was left' }),
    );
    expect(server.bytesThatOutlive).toBeLessThan(64 * 1024);
    expect(server.taken.reduce((sum, { droppedBytes }) => sum + droppedBytes, 0)).toBe(50_000 + 5 + 5000);
    expect(server.output).toBe(`one\n${'x'.repeat(10_000)}`);
  });
});
