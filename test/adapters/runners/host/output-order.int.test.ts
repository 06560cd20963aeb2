import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeSync, rmSync, writeSync } from 'node:fs';
import { eventually } from '../../../support/eventually.js';
import { type HostForTests, openHost, openWarmHost, runToEnd } from './host-for-tests.js';
import { type PipePair, PipePool } from '../../../../src/adapters/runners/host/pipes/pipe-pool.js';
import { HeldOutput } from '../../../../src/adapters/runners/process/output/held-output.js';
import type { OutputReader } from '../../../../src/adapters/runners/process/output/output-reader.js';

/** Nothing of it is read before this function ends: everything is in the pipes at once. */
const writeAtOnce = ({ stdout, stderr }: PipePair, lines: readonly string[]): void => {
  for (const line of lines) writeSync(line.startsWith('out') ? stdout.writeFd : stderr.writeFd, `${line}\n`);
};

const alternating = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => [`out ${i}`, `err ${i}`]).flat();

describe('Two pipes that were written to before anything was read', () => {
  const pool = new PipePool();
  let pair: PipePair;
  let held: HeldOutput;
  const open = async (): Promise<void> => {
    pair = await pool.waitForPair();
    held = new HeldOutput({ stdout: pair.stdout.readFd, stderr: pair.stderr.readFd });
  };
  const end = async (output: OutputReader): Promise<void> => {
    closeSync(pair.stdout.writeFd);
    closeSync(pair.stderr.writeFd);
    await output.ended;
  };
  afterAll(() => pool.close());

  it.each([
    ['in turn', alternating(200)],
    ['the first one last', ['err 1', 'out 1', 'err 2', 'out 2']],
    ['one once', ['out 1', 'out 2', 'out 3', 'err 1']],
    ['one twice as often', ['err 1', 'err 2', 'out 1', 'err 3', 'err 4', 'out 2', 'err 5', 'err 6', 'out 3']],
  ])('are handed over in their order: %s', async (_, lines) => {
    await open();
    writeAtOnce(pair, lines);
    let log = '';
    await end(held.readTo((_, text) => void (log += text)));
    expect(log).toBe(lines.map((line) => `${line}\n`).join(''));
  });

  it.each([
    ['in turn', alternating(50)],
    ['the first one last', ['err 1', 'err 2', 'out 1', 'err 3', 'err 4', 'out 2']],
  ])('are handed over in their order when their names are removed just before: %s', async (_, lines) => {
    pair = await pool.waitForPair();
    held = new HeldOutput({ stdout: pair.stdout.readFd, stderr: pair.stderr.readFd }, 1);
    for (const { path } of [pair.stderr, pair.stdout]) rmSync(path);
    writeAtOnce(pair, lines);
    let log = '';
    await end(held.readTo((_, text) => void (log += text)));
    expect(log).toBe(lines.map((line) => `${line}\n`).join(''));
  });

  it('are handed over in their order again and again', async () => {
    await open();
    let log = '';
    let expected = '';
    const output = held.readTo((_, text) => void (log += text));
    for (let round = 0; round < 20; round++) {
      const lines = alternating(10).map((line) => `${line} of ${round}`);
      writeAtOnce(pair, lines);
      expected += lines.map((line) => `${line}\n`).join('');
      await eventually(() => expect(log).toBe(expected));
    }
    await end(output);
    expect(log).toBe(expected);
  });

  it('are handed over whole after one has printed so much that its writes are not watched', async () => {
    await open();
    let bytes = 0;
    const output = held.readTo((_, __, count) => void (bytes += count));
    for (let round = 1; round <= 10; round++) {
      writeSync(pair.stdout.writeFd, 'x'.repeat(40_000));
      await eventually(() => expect(bytes).toBe(round * 50_000 - 10_000));
      writeSync(pair.stderr.writeFd, 'y'.repeat(10_000));
      await eventually(() => expect(bytes).toBe(round * 50_000));
    }
    await end(output);
    expect(bytes).toBe(500_000);
  });
});

describe('A script that prints on both streams', () => {
  let host: HostForTests;
  let warmHost: HostForTests;
  beforeAll(async () => {
    host = openHost();
    warmHost = await openWarmHost();
  });
  afterAll(async () => {
    await host.close();
    await warmHost.close();
  });

  const traced = '++ for i in 1 2 3\n++ ls -d /usr\n/usr\n'.repeat(3);
  const counted = Array.from({ length: 10 }, (_, i) => `out ${i}\nerr ${i}\n`).join('');
  const RUNS = 20;
  /** A busy machine may get in between a write and what the kernel tells of it; read one after the other, hardly any run would be right. */
  const RIGHT = 18;

  it.each([
    ['traces beside output', 'bash', 'set -x; for i in 1 2 3; do ls -d /usr; done', traced],
    ['both from bash', 'bash', 'for i in {0..9}; do echo out $i; echo err $i >&2; done', counted],
    [
      'both from node',
      'node',
      'for (let i = 0; i < 10; i++) { console.log("out", i); console.error("err", i); }',
      counted,
    ],
  ] as const)('has them in its log in their order: %s', async (_, type, script, expected) => {
    for (const each of [host, warmHost]) {
      let right = 0;
      for (let run = 0; run < RUNS; run++) {
        await each.settle();
        let log = '';
        await runToEnd(each[type], script, { output: (_, text) => void (log += text) });
        if (log === expected) right++;
      }
      expect(right).toBeGreaterThanOrEqual(RIGHT);
    }
  });
});
