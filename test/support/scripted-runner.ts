import type { RunOutcome } from '../../src/domain/run/run-outcome.js';
import type { RunJob, RunWatch, ScriptRunner } from '../../src/application/ports/script-runner.js';

export const exited = (exitCode: number | null = 0, signal: string | null = null): RunOutcome => ({
  kind: 'exited',
  exitCode,
  signal,
  leftovers: [],
});

/** One run under the test's hand: what it prints, how it ends. */
export interface ScriptedRun {
  readonly job: RunJob;
  readonly watch: RunWatch;
  print(text: string, stream?: 'stdout' | 'stderr'): Promise<void> | undefined;
  end(outcome?: RunOutcome): void;
}

/** A runner whose scripts do what the test says. A script that is told to end exits with SIGTERM unless `stubborn`. */
export class ScriptedRunner implements ScriptRunner {
  readonly runs: ScriptedRun[] = [];
  readonly #stubborn: boolean;
  #over = false;

  constructor({ stubborn = false } = {}) {
    this.#stubborn = stubborn;
  }

  run(job: RunJob, watch: RunWatch): Promise<RunOutcome> {
    return new Promise((resolve) => {
      if (this.#over) resolve(exited());
      this.runs.push({
        job,
        watch,
        print: (text, stream = 'stdout') => watch.output(stream, text, Buffer.byteLength(text)),
        end: (outcome = exited()) => resolve(outcome),
      });
      const onEnd = (phase: 'terminating' | 'killing', signal: string): void => {
        watch.phase(phase);
        if (phase === 'killing' || !this.#stubborn) resolve(exited(null, signal));
      };
      watch.terminate.addEventListener('abort', () => onEnd('terminating', 'SIGTERM'), { once: true });
      watch.kill.addEventListener('abort', () => onEnd('killing', 'SIGKILL'), { once: true });
    });
  }

  /** Ends every script, also those that begin from now on. */
  endAll(): void {
    this.#over = true;
    for (const run of this.runs) run.end();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
