/** Where readers stopped, so that who reads on need not search. Bounded: the oldest are forgotten, and searched for again. */
export class ReadPositions {
  readonly #max: number;
  readonly #offsets = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Offset at which the event after `seq` begins. */
  after(runId: string, seq: number): number | undefined {
    return this.#offsets.get(keyOf(runId, seq));
  }

  note(runId: string, seq: number, offset: number): void {
    const key = keyOf(runId, seq);
    this.#offsets.delete(key);
    this.#offsets.set(key, offset);
    const [oldest] = this.#offsets.keys();
    if (oldest !== undefined && this.#offsets.size > this.#max) this.#offsets.delete(oldest);
  }

  forget(runId: string): void {
    for (const key of this.#offsets.keys()) if (key.startsWith(keyOf(runId, ''))) this.#offsets.delete(key);
  }
}

const keyOf = (runId: string, seq: number | ''): string => `${runId} ${seq}`;
