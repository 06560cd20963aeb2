import type { KeyedStartRepository } from '../../../application/ports/keyed-start-repository.js';
import type { KeyedStart } from '../../../domain/run/keyed-start.js';

export class MemoryKeyedStartRepository implements KeyedStartRepository {
  readonly #starts = new Map<string, KeyedStart>();

  async find(key: string): Promise<KeyedStart | null> {
    return structuredClone(this.#starts.get(key) ?? null);
  }

  async hold(start: KeyedStart, expiry: Date): Promise<KeyedStart> {
    const held = this.#starts.get(start.key);
    if (held && held.at >= expiry) return structuredClone(held);
    this.#starts.set(start.key, structuredClone(start));
    return structuredClone(start);
  }

  async markAccepted(key: string, runId: string): Promise<void> {
    const held = this.#starts.get(key);
    if (held?.runId === runId) this.#starts.set(key, { ...held, accepted: true });
  }

  async forgetBefore(time: Date): Promise<void> {
    for (const [key, { at }] of this.#starts) if (at < time) this.#starts.delete(key);
  }
}
