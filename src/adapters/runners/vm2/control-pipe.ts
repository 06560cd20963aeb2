import type { Readable } from 'node:stream';
import { STARTED } from './child/sandbox-protocol.js';

/** What surrounds a result of the largest size. */
const ENVELOPE_BYTES = 64;

/** Reads what the program of a sandbox tells on descriptor 3, never more than it may say: the script could have got hold of it. */
export class ControlPipe {
  /** Resolves to true just before the script runs, to false when the pipe ends without. */
  readonly started: Promise<boolean>;
  /** Resolves at the end of the pipe to what followed; null when that was too much. */
  readonly rest: Promise<Buffer | null>;
  #received: Buffer = Buffer.alloc(0);

  constructor(pipe: Readable, resultBytes: number) {
    const limit = STARTED.length + resultBytes + ENVELOPE_BYTES;
    this.started = new Promise((resolve) => {
      pipe.on('data', (chunk: Buffer) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        if (this.#hasStarted()) resolve(true);
        if (this.#received.length > limit) pipe.destroy();
      });
      pipe.once('close', () => resolve(false));
    });
    this.rest = new Promise((resolve) => {
      pipe.once('error', () => undefined); // 'close' follows
      pipe.once('close', () => resolve(this.#received.length > limit ? null : this.#received.subarray(STARTED.length)));
    });
  }

  #hasStarted(): boolean {
    return this.#received.subarray(0, STARTED.length).equals(Buffer.from(STARTED));
  }
}
