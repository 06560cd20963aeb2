import type { OutputStream } from '../domain/run/run-event.js';
import type { RunProgress } from '../domain/run/script-run.js';
import type { MaskedStream } from '../domain/secret/masked-stream.js';
import { utf8Length } from '../domain/text.js';
import { OutputRecorder, type OutputRecorderNeeds } from './output-recorder.js';
import type { RunMasking } from './run-masking.js';

/**
 * A recorder for a script that has secrets: nothing passes it unmasked. The end of a stream in which a secret may have begun is held back
 * until more comes, or the end. `output.bytes` counts what the script printed, the log and the cap on it what is left of that.
 */
export class MaskingOutputRecorder extends OutputRecorder {
  readonly #masking: RunMasking;
  readonly #streams: Readonly<Record<OutputStream, MaskedStream>>;
  #printed = 0;

  constructor(needs: OutputRecorderNeeds, masking: RunMasking) {
    super(needs);
    this.#masking = masking;
    const masker = masking.output();
    this.#streams = { stdout: masker.stream(), stderr: masker.stream() };
  }

  override output(stream: OutputStream, text: string, bytes: number): Promise<void> | undefined {
    this.#printed += bytes;
    const masked = this.#streams[stream].push(text);
    return super.output(stream, masked, masked === text ? bytes : utf8Length(masked));
  }

  override dropped(bytes: number): void {
    this.#printed += bytes;
    super.dropped(bytes);
  }

  override note(message: string): void {
    super.note(this.#masking.text(message));
  }

  override progress(): RunProgress {
    const progress = super.progress();
    return { ...progress, output: { ...progress.output, bytes: this.#printed } };
  }

  override close(): Promise<RunProgress> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#streams[stream].end();
      void super.output(stream, rest, utf8Length(rest));
    }
    return super.close();
  }
}
