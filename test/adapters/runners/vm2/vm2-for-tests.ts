import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunWatch } from '../../../../src/application/ports/script-runner.js';
import { makeVm2Runner, type Vm2Runner, type Vm2RunnerNeeds } from '../../../../src/adapters/runners/vm2/vm2-runner.js';
import { NO_ISOLATION, type SandboxSetup } from '../../../../src/adapters/runners/vm2/isolation/isolation.js';
import type { RunOutcome } from '../../../../src/domain/run/run-outcome.js';
import type { ProcessIdentity } from '../../../../src/domain/run/script-run.js';
import type { PlainEnvEntry } from '../../../../src/domain/script/env-entry.js';

jest.setTimeout(60_000);

/** Compiled by `npm test` before the tests run. */
export const CHILD_FILE = fileURLToPath(
  new URL('../../../../dist/adapters/runners/vm2/child/sandbox-child.js', import.meta.url),
);

export const PROGRAM = { childFile: CHILD_FILE, heapMb: 128, memoryMb: 384, user: 65_534, bash: '/bin/bash' };

/** Nothing around the sandbox, and no flag that not every version of Node has. */
export const PLAIN_SETUP: SandboxSetup = { isolation: NO_ISOLATION, nodeFlags: [], dataMb: PROGRAM.memoryMb };

/** A runner without isolation and without a pool, unless `needs` say otherwise. */
export const openVm2 = (needs: Partial<Vm2RunnerNeeds> = {}): Vm2Runner =>
  makeVm2Runner({ ...PROGRAM, poolSize: 0, findSetup: () => Promise.resolve(PLAIN_SETUP), ...needs });

export interface RunOptions {
  readonly env?: readonly PlainEnvEntry[];
  readonly output?: RunWatch['output'];
}

/** A run and all that it has told so far. */
export interface WatchedRun {
  readonly outcome: Promise<RunOutcome>;
  readonly told: string[];
  readonly notes: string[];
  readonly printed: { stdout: string; stderr: string };
  readonly identity: () => ProcessIdentity;
  readonly terminate: () => void;
  readonly kill: () => void;
}

export const startRun = (runner: Vm2Runner, script: string, { env = [], output }: RunOptions = {}): WatchedRun => {
  const terminate = new AbortController();
  const kill = new AbortController();
  const told: string[] = [];
  const notes: string[] = [];
  const printed = { stdout: '', stderr: '' };
  let identity: ProcessIdentity | undefined;
  const outcome = runner.run(
    { runId: 'a-run', token: 'a token', script, env, workingDirectory: '/nowhere/at/all' },
    {
      started: (process) => {
        identity = process;
        told.push('started');
      },
      output: (stream, text, bytes) => {
        if (output) return output(stream, text, bytes);
        if (printed[stream] === '') told.push(stream);
        printed[stream] += text;
        return undefined;
      },
      dropped: () => undefined,
      phase: (phase) => told.push(phase),
      note: (message) => notes.push(message),
      terminate: terminate.signal,
      kill: kill.signal,
    },
  );
  return {
    outcome,
    told,
    notes,
    printed,
    identity: () => {
      if (!identity) throw new Error('it has not started');
      return identity;
    },
    terminate: () => terminate.abort(),
    kill: () => kill.abort(),
  };
};

export const runToEnd = async (
  runner: Vm2Runner,
  script: string,
  options?: RunOptions,
): Promise<{ outcome: RunOutcome; stdout: string; stderr: string; told: string[]; notes: string[] }> => {
  const { outcome, told, notes, printed } = startRun(runner, script, options);
  const ended = await outcome;
  return { outcome: ended, ...printed, told, notes };
};

export const exited = (exitCode: number, more: object = {}): RunOutcome => ({
  kind: 'exited',
  exitCode,
  signal: null,
  leftovers: [],
  ...more,
});

export const KILLED: RunOutcome = {
  kind: 'exited',
  exitCode: null,
  signal: 'SIGKILL',
  leftovers: [],
  signalled: { signals: ['SIGKILL'], processes: 1, survivors: 'none' },
};

/** A process that has ended but was not yet waited for is none. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};
