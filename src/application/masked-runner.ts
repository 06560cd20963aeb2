import type { OutputStream } from '../domain/run/run-event.js';
import type { MaskedStream } from '../domain/secret/masked-stream.js';
import { utf8Length } from '../domain/text.js';
import type { RunWatch, ScriptRunner } from './ports/script-runner.js';
import type { RunMasking } from './run-masking.js';

/**
 * The same runner, of whose script nothing passes unmasked: output, notes, outcome, and the error that it rejects with. The end of a
 * stream in which a secret may have begun is held back until more comes, or the end.
 */
export const maskedRunner = (runner: ScriptRunner, masking: RunMasking): ScriptRunner => ({
  async run(job, watch) {
    const output = new MaskedOutput(masking, watch);
    try {
      const outcome = await runner.run(job, {
        ...watch,
        started: (process) => {
          watch.started(process);
          output.prepare(); // while the script starts
        },
        output: (stream, text, bytes) => output.push(stream, text, bytes),
        note: (message) => watch.note(masking.text(message)),
      });
      return masking.outcome(outcome);
    } catch (error) {
      throw masking.error(error);
    } finally {
      output.end();
    }
  },
  close: () => runner.close(),
});

/** The streams of one run. What is looked for in them takes milliseconds to make, for which no script waits. */
class MaskedOutput {
  readonly #masking: RunMasking;
  readonly #watch: RunWatch;
  #streams: Readonly<Record<OutputStream, MaskedStream>> | null = null;

  constructor(masking: RunMasking, watch: RunWatch) {
    this.#masking = masking;
    this.#watch = watch;
  }

  prepare(): void {
    this.#open();
  }

  push(stream: OutputStream, text: string, printed: number): Promise<void> | undefined {
    const masked = this.#open()[stream].push(text);
    return this.#watch.output(stream, masked, masked === text ? printed : utf8Length(masked), printed);
  }

  end(): void {
    if (!this.#streams) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#streams[stream].end();
      if (rest !== '') void this.#watch.output(stream, rest, utf8Length(rest), 0);
    }
  }

  #open(): Readonly<Record<OutputStream, MaskedStream>> {
    if (this.#streams) return this.#streams;
    const masker = this.#masking.output();
    return (this.#streams = { stdout: masker.stream(), stderr: masker.stream() });
  }
}
