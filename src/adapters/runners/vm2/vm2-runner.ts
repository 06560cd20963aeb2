import type { RunJob, RunWatch, ScriptRunner } from '../../../application/ports/script-runner.js';
import { LIMITS } from '../../../domain/limits.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { followSandbox, KILLED_SANDBOX } from './follow-sandbox.js';
import { Sandbox } from './sandbox.js';
import { type Program, sandboxCommand } from './isolation/sandbox-command.js';
import { SandboxPool } from './sandbox-pool.js';
import type { Job } from './child/sandbox-protocol.js';
import type { Isolation, SandboxSetup } from './isolation/isolation.js';

export interface Vm2RunnerNeeds extends Program {
  /** How many sandboxes are kept ready once `warm` was called. */
  readonly poolSize: number;
  /** Finds how every sandbox is to be started, as `probeIsolation` does. Called once; aborted when the runner is closed. */
  readonly findSetup: (program: Program, signal: AbortSignal) => Promise<SandboxSetup>;
}

export interface Vm2Runner extends ScriptRunner {
  /** Makes sandboxes ready ahead of need from now on; without it each run makes its own. */
  warm(): void;
  /** What is around every sandbox, once it is found out. */
  isolation(): Promise<Isolation>;
}

/** A sandbox may end before its use, killed from outside for one; so often another is tried. */
const ATTEMPTS = 3;

/** Runs node scripts in vm2, each in a process of its own. They have no files, so that their `workingDirectory` means nothing. */
export const makeVm2Runner = (needs: Vm2RunnerNeeds): Vm2Runner => {
  const closing = new AbortController();
  let found: Promise<SandboxSetup> | null = null;
  let opened: Promise<SandboxPool> | null = null;

  const setup = (): Promise<SandboxSetup> => (found ??= needs.findSetup(needs, closing.signal));
  const pool = (): Promise<SandboxPool> => (opened ??= openPool());
  const openPool = async (): Promise<SandboxPool> => {
    const command = sandboxCommand(needs, await setup());
    return new SandboxPool(needs.poolSize, () => new Sandbox(command, LIMITS.resultBytes));
  };

  const run = async (job: RunJob, watch: RunWatch): Promise<RunOutcome> => {
    const sandboxes = await pool();
    if (closing.signal.aborted) return notStarted('the server is stopping');
    let failure = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const sandbox = taken(sandboxes);
      if (sandbox instanceof Error) return notStarted(sandbox.message);
      const forget = killOnAbort(sandbox, watch);
      try {
        if (await sandbox.start(toSandboxJob(job))) {
          sandboxes.worked();
          return await followSandbox(sandbox, watch, needs);
        }
        if (isAborted(watch)) {
          return { kind: 'exited', exitCode: null, signal: 'SIGKILL', leftovers: [], signalled: KILLED_SANDBOX };
        }
        failure = await sandbox.lastWords();
      } finally {
        forget();
      }
    }
    return notStarted(failure);
  };

  return {
    run,
    isolation: async () => (await setup()).isolation,
    warm: () => void pool().then((sandboxes) => sandboxes.fill()),
    close: async () => {
      closing.abort();
      if (opened) await (await opened).close();
    },
  };
};

/** There is nothing in a sandbox that could end itself gracefully: both ways to end it are one. */
const killOnAbort = (sandbox: Sandbox, watch: RunWatch): (() => void) => {
  const signals = [watch.terminate, watch.kill];
  const forget = (): void => {
    for (const signal of signals) signal.removeEventListener('abort', kill);
  };
  const kill = (): void => {
    forget();
    if (!sandbox.alive) return;
    watch.phase('killing');
    sandbox.kill();
  };
  if (isAborted(watch)) kill();
  else for (const signal of signals) signal.addEventListener('abort', kill);
  return forget;
};

const taken = (sandboxes: SandboxPool): Sandbox | Error => {
  try {
    return sandboxes.take();
  } catch (error) {
    return error as Error;
  }
};

const notStarted = (why: string): RunOutcome => ({
  kind: 'not-started',
  reason: 'spawn-failed',
  message: `the vm2 sandbox could not be started: ${why}`,
});

const isAborted = ({ terminate, kill }: RunWatch): boolean => terminate.aborted || kill.aborted;

const toSandboxJob = ({ script, env }: RunJob): Job => ({
  script,
  env: Object.fromEntries(env.map(({ key, value }) => [key, value])),
  resultBytes: LIMITS.resultBytes,
});
