import type { OutputStream } from '../../../../domain/run/run-event.js';
import { joined, sharedOut } from './shared-out.js';
import type { Decoded } from './utf8-decoder.js';
import type { WriteOrder } from './write-order.js';

/** After so much of one stream alone its writes are not watched any more: that would hold it up, and there is no order to keep. */
const ALONE_BYTES = 64 * 1024;
/** More than this at once is not taken apart. */
const TAKEN_APART_BYTES = 256 * 1024;
/** A writer may be interrupted between its write and what the kernel tells of it. */
const LATE_MS = 5;
/** What is written in so large pieces may fill the pipe, and the kernel tells of a write when all of it is done. */
const BLOCKED_BYTES = 16 * 1024;

const STREAMS = ['stdout', 'stderr'] as const;

/**
 * Hands over what is read from two pipes in the order in which it was written. What was read waits for the end of the turn of the event
 * loop; where both pipes were written to, or the kernel has not told of a write yet, for the end of the next one.
 */
export class OrderedOutput {
  readonly #order: WriteOrder;
  readonly #deliver: (stream: OutputStream, piece: Decoded) => void;
  #arrived: Record<OutputStream, Decoded[]> = { stdout: [], stderr: [] };
  #arrivedBytes = 0;
  /** Not handed over yet. Of the first `#oldWrites` nothing was read in the turn before. */
  #writes: OutputStream[] = [];
  #oldWrites = 0;
  readonly #namesToRemove: Record<OutputStream, number>;
  #handedOver: OutputStream | null = null;
  #isSoon = false;
  #hasWaited = false;
  #late: NodeJS.Timeout | undefined;
  #alone: { stream: OutputStream; bytes: number } = { stream: 'stdout', bytes: 0 };

  /** @param namesToRemove as `readOutput` has it: the kernel tells of that as of a write */
  constructor(order: WriteOrder, deliver: (stream: OutputStream, piece: Decoded) => void, namesToRemove = 0) {
    this.#namesToRemove = { stdout: namesToRemove, stderr: namesToRemove };
    this.#order = order;
    this.#deliver = deliver;
  }

  add(stream: OutputStream, piece: Decoded): void {
    this.#alone = { stream, bytes: piece.bytes + (this.#alone.stream === stream ? this.#alone.bytes : 0) };
    if (this.#alone.bytes > ALONE_BYTES) this.#order.stop();
    else this.#order.start();
    if (!this.#order.isWatching && this.#arrivedBytes === 0) {
      this.#hand(stream, piece);
      return;
    }
    this.#arrived[stream].push(piece);
    this.#arrivedBytes += piece.bytes;
    if (this.#order.isWatching) this.handOverSoon();
    else this.handOver();
  }

  /** When both pipes have been read that can be read now. */
  handOverSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    setImmediate(() => {
      this.#isSoon = false;
      this.#takeWrites();
      if (this.#isOrderKnown() || this.#arrivedBytes > BLOCKED_BYTES) this.handOver();
      else if (this.#hasWaited) this.#late ??= setTimeout(() => setImmediate(() => this.handOver()), LATE_MS);
      else {
        this.#hasWaited = true;
        this.handOverSoon();
      }
    });
  }

  /** All that has arrived, now. */
  handOver(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#hasWaited = false;
    this.#takeWrites();
    if (this.#arrivedBytes > 0 && this.#arrivedBytes <= TAKEN_APART_BYTES) this.#handOverByWrites();
    else this.#writes = [];
    this.#oldWrites = this.#writes.length;
    for (const stream of STREAMS) this.#hand(stream, joined(this.#arrived[stream]));
    this.#arrived = { stdout: [], stderr: [] };
    this.#arrivedBytes = 0;
    if (this.#writes.length > 0) this.handOverSoon();
  }

  #takeWrites(): void {
    for (const stream of this.#order.take()) {
      if (this.#namesToRemove[stream]-- <= 0) this.#writes.push(stream);
      else this.#handedOver = stream; // the kernel joins a write that follows with it
    }
  }

  #isOrderKnown(): boolean {
    const arrived = STREAMS.filter((stream) => this.#arrived[stream].length > 0);
    const unknown = arrived.filter((stream) => !this.#writes.includes(stream));
    if (this.#hasWaited) return unknown.every((stream) => stream === this.#handedOver);
    return arrived.length === 1 && this.#writes.every((stream) => stream === arrived[0]) && unknown.length === 0;
  }

  /** Leaves what no write is known of, and in `#writes` those that nothing was read of yet. */
  #handOverByWrites(): void {
    const count = { stdout: 0, stderr: 0 };
    for (const stream of this.#writes) count[stream]++;
    // The kernel joins a write with the one before it to the same pipe, which has been told of and handed over.
    const last = this.#handedOver;
    if (last && this.#writes[0] !== last && this.#arrived[last].length > count[last]) {
      this.#hand(last, joined(this.#arrived[last].splice(0, 1)));
    }
    const parts = {
      stdout: sharedOut(this.#arrived.stdout, count.stdout),
      stderr: sharedOut(this.#arrived.stderr, count.stderr),
    };
    for (const stream of STREAMS) if (count[stream] > 0) this.#arrived[stream] = [];
    this.#writes = this.#writes.filter((stream, index) => {
      const part = parts[stream].shift();
      if (part) this.#hand(stream, part);
      return !part && index >= this.#oldWrites;
    });
  }

  #hand(stream: OutputStream, piece: Decoded): void {
    if (piece.bytes === 0) return;
    this.#handedOver = stream;
    this.#deliver(stream, piece);
  }
}
