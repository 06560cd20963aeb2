import type { RunWatch } from '../../../application/ports/script-runner.js';
import { LIMITS } from '../../../domain/limits.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import type { Signalled } from '../../../domain/run/script-run.js';
import { readScriptEnd } from './end-record.js';
import { watchMemory } from './memory-watchdog.js';
import { pumpOutput } from './output-pump.js';
import type { Exit, Sandbox } from './sandbox.js';
import type { Program } from './isolation/sandbox-command.js';

/** Hands over what a started sandbox prints and tells how it ended. @throws what `watch.output` throws, when the sandbox has ended. */
export const followSandbox = async (sandbox: Sandbox, watch: RunWatch, limits: Program): Promise<RunOutcome> => {
  watch.started(sandbox.identity);
  const watchdog = watchMemory(sandbox.identity.pid, limits.memoryMb, () => sandbox.kill());
  void sandbox.exited.then(() => watchdog.stop());

  const printed = [
    pumpOutput(sandbox.stdout, (text, bytes) => watch.output('stdout', text, bytes)),
    pumpOutput(sandbox.stderr, (text, bytes) => watch.output('stderr', text, bytes)),
  ];
  const [exit, record] = await Promise.all([sandbox.exited, sandbox.record, ...printed]).catch(
    async (error: unknown) => {
      sandbox.kill();
      await sandbox.exited;
      throw error;
    },
  );

  const isKilled = exit.signal === 'SIGKILL' && (watchdog.exceeded() || watch.terminate.aborted || watch.kill.aborted);
  const signalled = isKilled ? { signalled: KILLED_SANDBOX } : {};
  if (watchdog.exceeded() || wasAborted(exit)) return { ...ranOutOfMemory(exit, limits), ...signalled };
  const { result, note } = readScriptEnd(record, LIMITS.resultBytes);
  if (note !== undefined) watch.note(note);
  return { ...outcomeOf(exit), ...signalled, ...(result === undefined ? {} : { result }) };
};

/** V8 gives up this way when the heap is full or the kernel refuses it memory. */
const wasAborted = ({ code, signal }: Exit): boolean =>
  code === 134 || signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL';

const outcomeOf = ({ code, signal }: Exit) => ({ kind: 'exited', exitCode: code, signal, leftovers: [] }) as const;

/** A sandbox starts no processes, and its group was killed as one. */
export const KILLED_SANDBOX: Signalled = { signals: ['SIGKILL'], processes: 1, survivors: 'none' };

const ranOutOfMemory = (exit: Exit, { heapMb, memoryMb }: Program): RunOutcome => ({
  ...outcomeOf(exit),
  reason: 'memory',
  message: `the script ran out of memory: it may have ${memoryMb} MiB, of which ${heapMb} MiB for its objects and strings`,
});
