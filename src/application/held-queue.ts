import type { RunSummary } from '../domain/run/script-run.js';
import type { RunRepository } from './ports/run-repository.js';
import type { Problems } from './problems.js';

/** The servers that this one came after, because its folder or its store was copied from theirs. */
export interface Predecessors {
  /** Ids. `all`: nobody else uses the store, so that whatever others accepted came with the copy. */
  readonly ids: readonly string[] | 'all';
  /** What they accepted later than this is not held: they live, and it is theirs. Null where they use another store. */
  readonly until: Date | null;
  /** When the first server started on the copy. */
  readonly since: Date;
  /** Whether the server that started what runs by the copy is gone. False where that cannot be told. */
  readonly areGone: boolean;
}

export const NO_PREDECESSORS: Predecessors = { ids: [], until: null, since: new Date(0), areGone: false };

export interface HeldRuns {
  readonly count: number;
  /** When a server first held them. */
  readonly since: Date;
}

interface Needs {
  runs: RunRepository;
  problems: Problems;
  predecessors: Predecessors;
  serverId: string;
  /** Nothing of the predecessors is left. */
  forget: () => void;
}

/**
 * Runs that were queued when this server's data was copied. Whoever was copied may have executed them since, or be about to: none starts here
 * until an admin says so.
 */
export class HeldQueue {
  readonly #needs: Needs;
  #isSettled: boolean;
  #last: HeldRuns | null = null;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#isSettled = needs.predecessors.ids.length === 0;
  }

  /** Oldest first. */
  async list(): Promise<readonly RunSummary[]> {
    if (this.#isSettled) return [];
    const { runs, serverId } = this.#needs;
    return (await runs.queuedElsewhere(serverId)).filter((run) => this.#isHeld(run));
  }

  /** How many there are; null without any. Brings the problem `queue.held` up to date. */
  async look(): Promise<HeldRuns | null> {
    const { problems, predecessors } = this.#needs;
    const { length: count } = await this.list();
    this.#last = count === 0 ? null : { count, since: predecessors.since };
    if (this.#last) problems.raise('queue.held', describe(count, predecessors));
    else problems.clear('queue.held');
    if (!this.#last) await this.#settle();
    return this.#last;
  }

  /** As `look`, or as it was last seen while the store does not answer. */
  async lookOrRemember(): Promise<HeldRuns | null> {
    return this.look().catch(() => this.#last);
  }

  #isHeld({ claim, createdAt }: RunSummary): boolean {
    const { ids, until } = this.#needs.predecessors;
    const isTheirs = ids === 'all' || (claim.owner !== null && ids.includes(claim.owner));
    return isTheirs && (until === null || createdAt <= until);
  }

  /** What was running by a copy that nobody else uses is ended in the background; until then the predecessors are not forgotten. */
  async #settle(): Promise<void> {
    if (this.#isSettled) return;
    const { runs, serverId, predecessors, forget } = this.#needs;
    if (predecessors.ids === 'all' && (await runs.runningElsewhere(serverId)).length > 0) return;
    this.#isSettled = true;
    forget();
  }
}

const describe = (count: number, { ids }: Predecessors): string => {
  const [runs, were, them] = count === 1 ? ['1 run', 'was', 'it'] : [`${count} runs`, 'were', 'them'];
  const choice = `run ${them} here or cancel ${them}`;
  return ids === 'all'
    ? `${runs} ${were} waiting when this data was copied or backed up, and may have been executed elsewhere since: ${choice}`
    : `${runs} ${were} waiting for the server whose DATA_DIR was copied to this one: if that server is gone, ${choice}; if it still runs, leave ${them} to it`;
};
