import { Socket } from 'node:net';

/** What a process says on a pipe, from here. */
export class StatusPipe {
  readonly #socket: Socket;
  #text = '';
  #isOver = false;
  #changed: () => void = () => undefined;

  /** Takes over the descriptor, which does not block. */
  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on('data', (data: Buffer) => {
      this.#text += data.toString('latin1');
      this.#changed();
    });
    this.#socket.on('error', () => undefined); // 'close' follows
    this.#socket.once('close', () => {
      this.#isOver = true;
      this.#changed();
    });
    this.#socket.unref();
  }

  /** Everything said so far. */
  get text(): string {
    return this.#text;
  }

  /** Resolves when more than `length` bytes have been said: true, or when no more will: false. One may wait at a time. */
  async after(length: number): Promise<boolean> {
    while (this.#text.length <= length && !this.#isOver)
      await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.#text.length > length;
  }

  /** Resolves when all is said. */
  async end(): Promise<string> {
    while (!this.#isOver) await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.#text;
  }

  close(): void {
    this.#socket.destroy();
  }
}
