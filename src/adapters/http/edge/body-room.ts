const MIB = 1024 * 1024;
/** Of all bodies that are being received or parsed, the small ones left out. */
const ROOM_BYTES = 64 * MIB;
/** What one address may take of it, so that a client that sends slowly keeps nobody else waiting. */
const ADDRESS_BYTES = 32 * MIB;

interface Waiting {
  readonly address: string;
  readonly bytes: number;
  readonly admit: () => void;
}

/** Bounds the memory of request bodies: what finds no room waits for its turn, unread. */
export class BodyRoom {
  #taken = 0;
  readonly #byAddress = new Map<string, number>();
  readonly #waiting: Waiting[] = [];

  /** Resolves once there is room, which the caller gives back by `leave`. @throws the reason of `signal`; then no room was taken */
  async enter(address: string, bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting: Waiting = { address, bytes, admit };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
      this.#admit();
    });
  }

  leave(address: string, bytes: number): void {
    this.#add(address, -bytes);
    this.#admit();
  }

  /** In their order; who waits for others of the same address keeps nobody waiting. */
  #admit(): void {
    for (const waiting of [...this.#waiting]) {
      const { address, bytes, admit } = waiting;
      if (this.#taken + bytes > ROOM_BYTES) return;
      if ((this.#byAddress.get(address) ?? 0) + bytes > ADDRESS_BYTES) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#add(address, bytes);
      admit();
    }
  }

  #add(address: string, bytes: number): void {
    this.#taken += bytes;
    const taken = (this.#byAddress.get(address) ?? 0) + bytes;
    if (taken > 0) this.#byAddress.set(address, taken);
    else this.#byAddress.delete(address);
  }
}
