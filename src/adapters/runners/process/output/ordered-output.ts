import type { OutputStream } from '../../../../domain/run/run-event.js';
import { joined, sharedOut } from './shared-out.js';
import type { Decoded } from './utf8-decoder.js';
import type { WriteOrder } from './write-order.js';

/** After so much of one stream alone its writes are not watched any more: that would hold it up, and there is no order to keep. */
const ALONE_BYTES = 64 * 1024;
/** More than this at once is not taken apart. */
const TAKEN_APART_BYTES = 256 * 1024;
/** What is written in so large pieces may fill the pipe, and the kernel tells of a write when all of it is done. */
const BLOCKED_BYTES = 16 * 1024;
/** The longest wait for a moment without writes. */
const BUSY_MS = 20;
/** A writer may be interrupted between its write and what the kernel tells of it. */
const LATE_MS = 5;

const STREAMS = ['stdout', 'stderr'] as const;

/**
 * Hands over what is read from two pipes in the order in which it was written. What was read is held until a turn of the event loop has
 * brought nothing new: only then all of it has been told of, and all has been read that was told of.
 */
export class OrderedOutput {
  readonly #order: WriteOrder;
  readonly #deliver: (stream: OutputStream, piece: Decoded) => void;
  #arrived: Record<OutputStream, Decoded[]> = { stdout: [], stderr: [] };
  #arrivedBytes = 0;
  /** Not handed over yet. Of the first `#oldWrites` nothing had been read when something was handed over last. */
  #writes: OutputStream[] = [];
  #oldWrites = 0;
  readonly #namesToRemove: Record<OutputStream, number>;
  #heldSince: number | null = null;
  #isNew = false;
  #willLook = false;
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
    if (this.#order.isWatching) this.isTold();
    else this.handOver();
  }

  /** Of a write, by its data or by the kernel. */
  isTold(): void {
    this.#isNew = true;
    this.#heldSince ??= performance.now();
    this.#lookSoon();
  }

  /** All that has arrived, now. */
  handOver(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#takeWrites();
    if (this.#arrivedBytes > 0 && this.#arrivedBytes <= TAKEN_APART_BYTES) this.#handOverByWrites();
    else this.#writes = [];
    this.#oldWrites = this.#writes.length;
    for (const stream of STREAMS) this.#hand(stream, joined(this.#arrived[stream]));
    this.#arrived = { stdout: [], stderr: [] };
    this.#arrivedBytes = 0;
    this.#heldSince = null;
    if (this.#writes.length > 0) this.isTold();
  }

  #lookSoon(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    setImmediate(() => {
      this.#willLook = false;
      this.#look();
    });
  }

  #look(): void {
    const isNew = this.#isNew;
    this.#isNew = false;
    this.#takeWrites();
    if (this.#heldSince === null) return;
    const isBusy = this.#arrivedBytes > BLOCKED_BYTES || performance.now() - this.#heldSince > BUSY_MS;
    if (isBusy || (!isNew && this.#isComplete())) this.handOver();
    else if (isNew) this.#lookSoon();
    else this.#late ??= setTimeout(() => setImmediate(() => this.handOver()), LATE_MS);
  }

  #takeWrites(): void {
    for (const stream of this.#order.take()) if (this.#namesToRemove[stream]-- <= 0) this.#writes.push(stream);
  }

  #isComplete(): boolean {
    return STREAMS.every((stream) => this.#arrived[stream].length > 0 === this.#writes.includes(stream));
  }

  /** Leaves what no write is known of, and in `#writes` those that nothing was read of yet. */
  #handOverByWrites(): void {
    const count = { stdout: 0, stderr: 0 };
    for (const stream of this.#writes) count[stream]++;
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
    if (piece.bytes > 0) this.#deliver(stream, piece);
  }
}
