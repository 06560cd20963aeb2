import type { OutputStream } from '../../../../domain/run/run-event.js';
import { type Deliver, type OutputReader, readOutput } from './output-reader.js';

/** More than this waits in the pipes. */
const HELD_BYTES = 64 * 1024;

/**
 * Output that is read before it is known whom it is for, so that the order is known in which it was written. Little of it is held until then.
 * Takes over the descriptors.
 */
export class HeldOutput {
  readonly #reader: OutputReader;
  readonly #held: Parameters<Deliver>[] = [];
  #heldBytes = 0;
  #deliver: Deliver | null = null;
  #release: (delivered: unknown) => void = () => undefined;

  /** @param namesToRemove as `readOutput` has it */
  constructor(readFds: Readonly<Record<OutputStream, number>>, namesToRemove = 0) {
    const released = new Promise<unknown>((resolve) => (this.#release = resolve)).then(() => undefined);
    this.#reader = readOutput(
      readFds,
      (...piece) => {
        if (this.#deliver) return this.#deliver(...piece);
        this.#held.push(piece);
        this.#heldBytes += piece[2];
        return this.#heldBytes > HELD_BYTES ? released : undefined;
      },
      namesToRemove,
    );
  }

  /** Hands over what is held and, from now on, what is read. Called once. */
  readTo(deliver: Deliver): OutputReader {
    this.#deliver = deliver;
    this.#release(Promise.all(this.#held.splice(0).map(async (piece) => deliver(...piece))));
    return this.#reader;
  }

  /** Closes the pipes; nobody gets what is in them. */
  async discard(): Promise<void> {
    this.readTo(() => undefined).giveUp();
    await this.#reader.ended;
  }
}
