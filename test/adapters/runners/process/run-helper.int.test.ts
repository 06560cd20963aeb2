import { describe, expect, it } from '@jest/globals';
import { runHelper } from '../../../../src/adapters/runners/process/run-helper.js';

describe('runHelper', () => {
  it('answers what the helper printed', async () => {
    expect(await runHelper('/bin/sh', ['-c', 'pwd; cat; echo note >&2'])).toEqual({
      stdout: '/',
      failure: null,
      wasFound: true,
    });
  });

  it('gives it this process’s environment, or the given one alone', async () => {
    expect((await runHelper('/bin/sh', ['-c', 'echo "$PATH"'])).stdout).toBe(process.env.PATH);
    const { stdout } = await runHelper('/usr/bin/env', [], { environment: { A: '1' } });
    expect(stdout).toBe('A=1');
  });

  it.each([
    ['its first line on stderr', 'echo; echo "sh: no such thing" >&2; echo more >&2; exit 4', 'sh: no such thing'],
    ['its exit code where it says nothing', 'exit 4', '/bin/sh ended with exit code 4'],
    ['the signal that ended it', 'kill -9 $$', '/bin/sh ended with SIGKILL'],
  ])('says why it failed: %s', async (_, script, failure) => {
    expect(await runHelper('/bin/sh', ['-c', script])).toMatchObject({ failure, wasFound: true });
  });

  it('tells a helper that is not there from one that fails', async () => {
    expect(await runHelper('no-such-helper', [])).toEqual({
      stdout: '',
      failure: 'no-such-helper was not found',
      wasFound: false,
    });
  });

  it('kills it when its time is over, and when told to', async () => {
    const hangs = ['-c', 'trap "" TERM; echo up; exec sleep 300'];
    expect(await runHelper('/bin/sh', hangs, { timeoutMs: 100 })).toMatchObject({
      failure: '/bin/sh ended with SIGKILL',
    });
    const leaving = new AbortController();
    const ended = runHelper('/bin/sh', hangs, { signal: leaving.signal });
    leaving.abort();
    expect((await ended).failure).not.toBeNull();
    expect((await runHelper('/bin/sh', hangs, { signal: leaving.signal })).failure).not.toBeNull();
  });
});
