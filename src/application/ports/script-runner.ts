import type { EndingPhase, OutputStream } from '../../domain/run/run-event.js';
import type { RunOutcome } from '../../domain/run/run-outcome.js';
import type { ProcessIdentity } from '../../domain/run/script-run.js';
import type { PlainEnvEntry } from '../../domain/script/env-entry.js';

export interface RunJob {
  readonly runId: string;
  /** Of the run's claim: stored before the script is started, so that marks made from it find processes whose start nobody could record. */
  readonly token: string;
  /** As the interpreter takes it: `runnableText`. */
  readonly script: string;
  readonly env: readonly PlainEnvEntry[];
  /** Empty: the home of the user that runs it. */
  readonly workingDirectory: string;
}

/** What a running script tells, and how it is told to end. */
export interface RunWatch {
  /** Called when there is a process, before any output; once more where another has to take its place. */
  started(process: ProcessIdentity): void;
  /**
   * Called with decoded text in order of arrival; a character split between two reads stays whole. Bytes that are not UTF-8 are byte units
   * (`BYTE_UNIT`), so that none is lost.
   * `bytes` is what the text took in the pipe. Until the promise resolves, if there is one, nothing more is read from the script.
   * `printed` is what the script printed for it, where masking has made that another number.
   */
  output(stream: OutputStream, text: string, bytes: number, printed?: number): Promise<void> | undefined;
  /** Counts output that is neither kept nor handed over. */
  dropped(bytes: number): void;
  /** Called when ending moves on: TERM sent, KILL sent. */
  phase(phase: EndingPhase): void;
  /** Runlet speaks in the log: leftovers, for one. */
  note(message: string): void;
  /** Aborted: end the script and all that belongs to it, TERM first, KILL after the grace. */
  readonly terminate: AbortSignal;
  /** Aborted: KILL now. */
  readonly kill: AbortSignal;
}

export interface ScriptRunner {
  /** Resolves when the script has ended, its output has been handed over and nothing of it is left to end. Never rejects for what a script does. */
  run(job: RunJob, watch: RunWatch): Promise<RunOutcome>;
  /** Lets go of what was prepared ahead of need. */
  close(): Promise<void>;
}
