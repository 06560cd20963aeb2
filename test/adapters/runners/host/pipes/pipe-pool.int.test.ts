import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, fstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PipePair, PipePool, releasePair } from '../../../../../src/adapters/runners/host/pipes/pipe-pool.js';
import { readOutput } from '../../../../../src/adapters/runners/process/output/output-reader.js';

describe('PipePool', () => {
  let parent: string;
  let pool: PipePool;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'pipe-pool-'));
    pool = new PipePool({ parent });
  });
  afterEach(async () => {
    await pool.close();
    rmSync(parent, { recursive: true });
  });
  const folder = (): string => join(parent, readdirSync(parent)[0] ?? 'none');

  it('has none at once, and many after one wait, in a folder only its user can enter', async () => {
    expect(pool.takePair()).toBeNull();
    const first = await pool.waitForPair();
    const second = pool.takePair();
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    for (const pair of [first, second!]) {
      expect(fstatSync(pair.stdout.readFd)).toMatchObject({ mode: expect.any(Number), nlink: 1 });
      expect(fstatSync(pair.stdout.readFd).isFIFO() && fstatSync(pair.stderr.writeFd).isFIFO()).toBe(true);
      releasePair(pair);
    }
  });

  it('gives each pair to one, however many wait', async () => {
    const pairs = await Promise.all(Array.from({ length: 100 }, () => pool.waitForPair()));
    expect(new Set(pairs.flatMap(({ stdout, stderr }) => [stdout.path, stderr.path])).size).toBe(200);
    pairs.forEach(releasePair);
  });

  it('gives pipes that end when the last one who writes has closed', async () => {
    const { stdout, stderr } = await pool.waitForPair();
    let text = '';
    const output = readOutput({ stdout: stdout.readFd, stderr: stderr.readFd }, (_, piece) => void (text += piece));
    writeSync(stdout.writeFd, 'hello');
    closeSync(stdout.writeFd);
    expect(output.isOpen()).toBe(true);
    closeSync(stderr.writeFd);
    await output.ended;
    expect(text).toBe('hello');
    expect(output.isOpen()).toBe(false);
  });

  it('reads what is there and lets go when given up, though others may still write', async () => {
    const { stdout, stderr } = await pool.waitForPair();
    let text = '';
    const output = readOutput({ stdout: stdout.readFd, stderr: stderr.readFd }, (_, piece) => void (text += piece));
    writeSync(stdout.writeFd, 'x'.repeat(60_000));
    output.giveUp();
    await output.ended;
    expect(text).toHaveLength(60_000);
    expect(() => writeSync(stdout.writeFd, 'x')).toThrow('EPIPE');
    closeSync(stdout.writeFd);
    closeSync(stderr.writeFd);
  });

  it('goes on when someone tidied its folder away', async () => {
    releasePair(await pool.waitForPair());
    rmSync(folder(), { recursive: true });
    expect(pool.takePair()).toBeNull();
    const pair = await pool.waitForPair();
    expect(fstatSync(pair.stdout.readFd).isFIFO()).toBe(true);
    releasePair(pair);
  });

  it('says why there are none', async () => {
    writeFileSync(pool.privatePath('pipe').replace(/0$/, '1'), 'in the way');
    await expect(pool.fill()).rejects.toThrow(/^no pipes could be made: mkfifo: .*pipe-1/);
    await expect(new PipePool({ parent: join(parent, 'none') }).waitForPair()).rejects.toThrow('ENOENT');
  });

  it('leaves nothing when it is closed, while it makes pipes too', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const filling = pool.fill();
    await pool.close();
    await filling;
    expect(readdirSync(parent)).toEqual([]);
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
    await expect(pool.waitForPair()).rejects.toThrow('the runner is closed');
  });

  it('keeps making pipes before they run out', async () => {
    const pairs: PipePair[] = [];
    for (let i = 0; i < 80; i++) pairs.push(pool.takePair() ?? (await pool.waitForPair()));
    expect(new Set(pairs.map(({ stdout }) => stdout.path)).size).toBe(80);
    pairs.forEach(releasePair);
  });
});
