import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HostForTests, EACH_STARTER, exited, readProc, runToEnd, startRun } from './host-for-tests.js';
import { asPrinted } from '../../../../src/domain/run/printed-text.js';
import { eventually } from '../../../support/eventually.js';

describe.each(EACH_STARTER)('the output of a host script, started by %s', (_starter, open) => {
  let host: HostForTests;
  beforeAll(() => {
    host = open();
  });
  afterAll(() => host.close());

  it('keeps characters whole that come byte by byte, on both streams', async () => {
    const pieces: string[] = [];
    const script = String.raw`for byte in '\xf0' '\x9f' '\x98' '\x80' '\xc3' '\xa9'; do printf "$byte"; printf "$byte" >&2; sleep 0.02; done`;
    const { stdout, stderr } = await runToEnd(host.bash, script, {
      output: (stream, text) => void pieces.push(`${stream} ${text}`),
    });
    expect({ stdout, stderr }).toEqual({ stdout: '😀é', stderr: '😀é' });
    expect(pieces).toEqual(expect.arrayContaining(['stdout 😀', 'stderr 😀', 'stdout é', 'stderr é']));
  });

  it('keeps bytes that are not UTF-8, and counts them as they were', async () => {
    let bytes = 0;
    const { stdout } = await runToEnd(host.bash, String.raw`printf 'a\xffb\xe2\x82'`, {
      output: (_, __, count) => void (bytes += count),
    });
    const base64 = Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82]).toString('base64');
    expect(asPrinted(stdout)).toEqual({ line: 'a\uFFFDb\uFFFD', base64 });
    expect(bytes).toBe(5);
  });

  it('comes complete when it is 10 MB, and leaves the event loop its turns', async () => {
    let inTurn = 0;
    let mostInTurn = 0;
    let bytes = 0;
    let turn = setImmediate(function next() {
      inTurn = 0;
      turn = setImmediate(next);
    });
    const { outcome, stdout } = await runToEnd(host.bash, 'seq 1 1500000', {
      output: (_, __, count) => {
        bytes += count;
        inTurn += count;
        mostInTurn = Math.max(mostInTurn, inTurn);
        return undefined;
      },
    });
    clearImmediate(turn);
    expect(outcome).toEqual(exited(0));
    const expected = Array.from({ length: 1_500_000 }, (_, i) => `${i + 1}\n`).join('');
    expect(expected.length).toBeGreaterThan(10 * 1024 * 1024);
    expect(stdout === expected).toBe(true);
    expect(bytes).toBe(expected.length);
    expect(mostInTurn).toBeLessThanOrEqual(2 * 64 * 1024); // what was read in the last turn may be handed over in this one
  });

  it('is not read while whoever gets it asks to wait', async () => {
    let calls = 0;
    let bytes = 0;
    let goOn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    const script = 'head -c 3000000 /dev/zero >&2 & head -c 3000000 /dev/zero & wait';
    const run = startRun(host.bash, script, {
      output: (_, __, count) => {
        bytes += count;
        return calls++ === 0 ? waiting : undefined;
      },
    });
    const writers = await eventually(() => {
      const children = readProc(`${run.identity().pid}/task/${run.identity().pid}/children`).trim().split(' ');
      expect(calls).toBeGreaterThan(0);
      expect(children.map((pid) => readProc(`${pid}/wchan`))).toEqual([
        expect.stringContaining('pipe_write'),
        expect.stringContaining('pipe_write'),
      ]);
      return children;
    });
    const readSoFar = (): string[] => writers.map((pid) => /^wchar: \d+$/m.exec(readProc(`${pid}/io`))?.[0] ?? '');
    const before = readSoFar();
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(bytes).toBeLessThanOrEqual(2 * 64 * 1024);
    expect(readSoFar()).toEqual(before);
    goOn();
    expect(await run.outcome).toEqual(exited(0));
    expect(bytes).toBe(6_000_000);
  });

  it('goes on when the wait fails', async () => {
    let calls = 0;
    const { stdout } = await runToEnd(host.bash, 'echo one; sleep 0.1; echo two', {
      output: () => (calls++ === 0 ? Promise.reject(new Error('the log is full')) : undefined),
    });
    expect(stdout).toBe('one\ntwo\n');
  });
});
