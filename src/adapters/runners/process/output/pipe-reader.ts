import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { type Decoded, Utf8Decoder } from './utf8-decoder.js';

const TURN_BYTES = 64 * 1024;
/** The most a pipe can hold on Linux without a privilege. */
const PIPE_BYTES = 1024 * 1024;
const SILENCE_MS = 100;
/** The longest wait for that: some print for ever. */
const LAST_MS = 500;
/** Between two reads of `TURN_BYTES` that are dropped. */
const DRAIN_MS = 100;

/** One for all pipes: what is read is decoded before the next read. */
const buffer = Buffer.allocUnsafeSlow(TURN_BYTES);

/** Reads one pipe and decodes it. Takes over the descriptor. */
export class PipeReader {
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #decoder = new Utf8Decoder();
  readonly #deliver: (decoded: Decoded) => void;
  #pauses = 0;
  #readInTurn = 0;
  #allowance = Infinity;
  #silence: NodeJS.Timeout | null = null;
  #deadline = Infinity;
  /** What is done when the pipe has been silent, or has given what it may. */
  #finish: () => void = () => undefined;
  #drops = false;

  constructor(fd: number, deliver: (decoded: Decoded) => void) {
    this.#deliver = deliver;
    const options: SocketConstructorOpts & ConnectOpts = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer, callback: (length) => this.#read(buffer.subarray(0, length)) },
    };
    this.#socket = new Socket(options);
    this.ended = new Promise((resolve) => {
      this.#socket.once('close', () => {
        if (this.#silence) clearTimeout(this.#silence);
        this.#handRest();
        resolve();
      });
    });
    this.#socket.on('error', () => undefined); // 'close' follows
    this.#socket.resume();
  }

  isOpen(): boolean {
    return !this.#socket.closed;
  }

  pause(): void {
    if (this.#pauses++ === 0) this.#socket.pause();
  }

  resume(): void {
    if (--this.#pauses === 0) this.#socket.resume();
  }

  giveUp(): void {
    if (!this.isOpen()) return;
    if (this.#drops) this.#socket.destroy();
    else this.#whenSilent(() => this.#socket.destroy());
  }

  async drain(): Promise<void> {
    if (!this.isOpen() || this.#drops) return;
    const silent = new Promise<void>((resolve) => this.#whenSilent(resolve));
    await Promise.race([silent, this.ended]);
    this.#handRest();
    this.#drops = true;
    this.#socket.unref();
  }

  /** @returns whether to read on */
  #read(bytes: Buffer): boolean {
    this.#readInTurn += bytes.length;
    if (this.#drops) {
      if (this.#readInTurn >= TURN_BYTES) this.#waitFor((resume) => setTimeout(resume, DRAIN_MS).unref());
      return this.#pauses === 0;
    }
    this.#allowance -= bytes.length;
    this.#hand(this.#decoder.write(bytes));
    if (this.#readInTurn >= TURN_BYTES) this.#waitFor(setImmediate);
    if (this.#allowance <= 0) this.#finish();
    if (performance.now() < this.#deadline) this.#silence?.refresh();
    return this.#pauses === 0;
  }

  #hand(decoded: Decoded): void {
    if (decoded.text !== '') this.#deliver(decoded);
  }

  #handRest(): void {
    if (!this.#drops) this.#hand(this.#decoder.end());
  }

  /** libuv would read on from a script that prints without end, and starve the server. */
  #waitFor(later: (resume: () => void) => unknown): void {
    this.#readInTurn = 0;
    this.pause();
    later(() => this.resume());
  }

  #whenSilent(finish: () => void): void {
    this.#allowance = PIPE_BYTES;
    this.#finish = finish;
    this.#deadline = performance.now() + LAST_MS;
    this.#finishWhenSilent();
  }

  #finishWhenSilent(): void {
    this.#silence ??= setTimeout(() => {
      this.#silence = null;
      if (this.#pauses > 0) this.#finishWhenSilent();
      else this.#finish();
    }, SILENCE_MS);
  }
}
