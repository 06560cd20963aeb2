import { readable } from './printed-text.js';
import { countNewlines, tailOfUtf8, utf8Length } from '../text.js';
import type { LogStream, OutputStream } from './run-event.js';
import type { OutputCounts } from './script-run.js';

/**
 * Counts a run's output and keeps its last `tailBytes`, piece by piece: as the script prints, or read again from the log.
 * A line is ended by a newline or by the end of its stream.
 */
export class OutputDigest {
  #bytes = 0;
  #newlines = 0;
  #dropped = 0;
  readonly #unfinished: Record<OutputStream, boolean> = { stdout: false, stderr: false };
  readonly #pieces: { text: string; bytes: number }[] = [];
  #kept = 0;
  readonly #tailBytes: number;

  constructor(tailBytes: number) {
    this.#tailBytes = tailBytes;
  }

  /** @param bytes what the text took in the script's output: more or less than its own where U+FFFD stands for some. */
  add(stream: LogStream, text: string, bytes = utf8Length(text)): void {
    if (stream === 'system' || text === '') return;
    this.#bytes += bytes;
    this.#newlines += countNewlines(text);
    this.#unfinished[stream] = !text.endsWith('\n');
    this.#pieces.push({ text, bytes });
    this.#kept += bytes;
    this.#forgetOld();
  }

  /** Counts what the script printed beyond the bytes of a text that masking has changed; less, where negative. */
  adjust(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Of what was added, `bytes` are not in the log. */
  drop(bytes: number): void {
    this.#dropped += bytes;
  }

  /** Counts output that nobody has seen. */
  miss(bytes: number): void {
    this.#bytes += bytes;
    this.#dropped += bytes;
  }

  counts(): OutputCounts {
    const { stdout, stderr } = this.#unfinished;
    return { bytes: this.#bytes, lines: this.#newlines + Number(stdout) + Number(stderr), droppedBytes: this.#dropped };
  }

  tail(): string {
    return tailOfUtf8(readable(this.#pieces.map(({ text }) => text).join('')), this.#tailBytes);
  }

  #forgetOld(): void {
    let oldest = this.#pieces[0];
    while (oldest && this.#kept - oldest.bytes >= this.#tailBytes * 2) {
      this.#kept -= oldest.bytes;
      this.#pieces.shift();
      oldest = this.#pieces[0];
    }
  }
}
