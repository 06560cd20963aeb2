import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pumpOutput } from '../../../../src/adapters/runners/vm2/output-pump.js';
import { Sandbox } from '../../../../src/adapters/runners/vm2/sandbox.js';
import { CHILD_FILE } from './vm2-for-tests.js';

const job = (script: string) => ({ script, env: {}, resultBytes: 1000 });

describe('a sandbox', () => {
  it('keeps what it printed until it is read, though it has long ended', async () => {
    const sandbox = new Sandbox([process.execPath, CHILD_FILE], 1000);
    expect(await sandbox.start(job('console.log("out"); console.warn("err"); 1'))).toBe(true);
    expect(await sandbox.exited).toEqual({ code: 0, signal: null });
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    const printed: string[] = [];
    const take = (text: string): undefined => void printed.push(text);
    await Promise.all([pumpOutput(sandbox.stdout, take), pumpOutput(sandbox.stderr, take)]);
    expect(printed.sort()).toEqual(['err\n', 'out\n']);
    expect(String(await sandbox.record)).toBe('result\n1');
  });

  it('is not waited for any longer when a stranger holds its output open', async () => {
    const lingering = `printf 'started\\n' >&3; echo out; setsid sleep 600 >&1 2>&2 & echo $! >&2; exit 0`;
    const sandbox = new Sandbox(['/bin/sh', '-c', lingering], 1000);
    expect(await sandbox.start(job(''))).toBe(true);
    const printed = { out: '', err: '' };
    const pumps = [
      pumpOutput(sandbox.stdout, (text) => void (printed.out += text)),
      pumpOutput(sandbox.stderr, (text) => void (printed.err += text)),
    ];
    await Promise.all([...pumps, sandbox.record]);
    process.kill(Number(printed.err), 'SIGKILL');
    expect(printed.out).toBe('out\n');
  });

  it.each([
    [
      'the line that names an error',
      'echo first >&2; echo "node: bad Error" >&2; exit 9',
      'node: bad Error (it ended with exit code 9)',
    ],
    [
      'the first line otherwise',
      'echo; echo "node: bad option: --x" >&2; echo more >&2; exit 9',
      'node: bad option: --x (it ended with exit code 9)',
    ],
    ['its end where it printed nothing', 'kill -TRAP $$', 'it ended with SIGTRAP'],
  ])('that ends before its job has as last words %s', async (_, program, words) => {
    const sandbox = new Sandbox(['/bin/sh', '-c', program], 1000);
    expect(await sandbox.start(job(''))).toBe(false);
    expect(await sandbox.lastWords()).toBe(words);
  });

  it('says when it could not be spawned at all', () => {
    expect(() => new Sandbox(['/no/such/file'], 1000)).toThrow('/no/such/file could not be spawned');
  });
});
