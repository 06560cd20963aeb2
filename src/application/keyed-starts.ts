import { DomainError } from '../domain/errors.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import { holderOf, type KeyedStart, keysExpireBefore } from '../domain/run/keyed-start.js';
import type { Actor } from '../domain/actor.js';
import type { AuditTrail } from './audit-trail.js';
import type { Clock } from './ports/clock.js';
import type { KeyedStartRepository } from './ports/keyed-start-repository.js';
import type { RunQueue } from './ports/run-queue.js';
import type { RunRepository } from './ports/run-repository.js';

/** What a start under a key is told apart by. */
export interface KeyedRequest {
  readonly key: string;
  readonly actor: Actor;
  /** All that decides what is started, as text. */
  readonly request: string;
}

interface Needs {
  keyedStarts: KeyedStartRepository;
  runs: RunRepository;
  queue: RunQueue;
  trail: AuditTrail;
  clock: Clock;
  serverId: string;
}

const TRIM_EVERY_MS = 60 * 60 * 1000;

/** Runs that were started under a key. @throws DomainError `idempotency.key-reused` when the key stands for another request */
export class KeyedStarts {
  readonly #needs: Needs;
  #trimmedAt = -Infinity;
  /** By holder, the start that was asked for last. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** One start of a key at a time: who asks meanwhile waits, takes no place in the queue, and is answered what became of it. */
  async inTurn<T>({ key, actor }: KeyedRequest, start: () => Promise<T>): Promise<T> {
    const holder = holderOf(key, actor);
    const mine = (this.#underWay.get(holder) ?? Promise.resolve()).then(start, start);
    this.#underWay.set(holder, mine);
    try {
      return await mine;
    } finally {
      if (this.#underWay.get(holder) === mine) this.#underWay.delete(holder);
    }
  }

  /** The id of the run that was started under the key, whatever has become of it; null when the start is still to be made. */
  async replay(asked: KeyedRequest): Promise<string | null> {
    const { keyedStarts, runs } = this.#needs;
    const start = await keyedStarts.find(holderOf(asked.key, asked.actor));
    if (!start || start.at < this.#expiry()) return null;
    requireSame(start, asked);
    const run = await runs.find(start.runId);
    if (!run && !start.accepted) return null; // its server died, or is at it: whoever stores the run first has started it
    if (run && !('broken' in run)) await this.takeUp(run);
    return start.runId;
  }

  /** Goes on with a run that was stored while the answer was lost, and so what follows it. Done twice it does no harm. */
  async takeUp(run: ScriptRun): Promise<void> {
    const { queue, trail, serverId } = this.#needs;
    if (run.status !== 'queued' || run.claim.owner !== serverId) return;
    await trail.runStarted(run);
    queue.put(run);
  }

  /** Lets the key stand for a run; answers the id of the run that it stands for then, another's that came first. */
  async hold(asked: KeyedRequest, runId: string): Promise<string> {
    const { key, actor, request } = asked;
    const start = { key: holderOf(key, actor), request, runId, at: this.#needs.clock.now(), accepted: false };
    const held = requireSame(await this.#needs.keyedStarts.hold(start, this.#expiry()), asked);
    return held.runId;
  }

  /** From now on the run is not stored again, even when it has been deleted. */
  async accepted({ key, actor }: KeyedRequest, runId: string): Promise<void> {
    await this.#needs.keyedStarts.markAccepted(holderOf(key, actor), runId);
    await this.#trim();
  }

  async #trim(): Promise<void> {
    const now = this.#needs.clock.monotonic();
    if (now - this.#trimmedAt < TRIM_EVERY_MS) return;
    this.#trimmedAt = now;
    await this.#needs.keyedStarts.forgetBefore(this.#expiry());
  }

  #expiry(): Date {
    return keysExpireBefore(this.#needs.clock.now());
  }
}

const requireSame = (start: KeyedStart, { request }: KeyedRequest): KeyedStart => {
  if (start.request === request) return start;
  throw new DomainError(
    'idempotency.key-reused',
    'this Idempotency-Key was given with another request in the last 24 hours; send a new key, or the same script and body',
  );
};
