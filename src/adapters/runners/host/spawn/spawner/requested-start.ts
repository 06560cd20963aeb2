import { type PendingStart, type ProcessStart, StartError, type StartedProcess, TOLD_TO_END } from '../starter.js';
import { Ticket } from './ticket.js';

/** A start that somebody waits for, whichever spawner makes it in the end. */
export class RequestedStart implements PendingStart {
  readonly started: Promise<StartedProcess>;
  readonly ticket: Ticket;
  readonly start: ProcessStart;
  resolve!: (process: StartedProcess) => void;
  reject!: (error: Error) => void;
  /** It was begun, and nobody waits for it any more. */
  isAbandoned = false;
  #isSettled = false;
  #whenWithdrawn: () => void = () => undefined;

  constructor(start: ProcessStart) {
    this.start = start;
    this.ticket = new Ticket(start.files.at(-1)?.path ?? '');
    this.started = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const settled = (): void => void (this.#isSettled = true);
    this.started.then(settled, settled);
  }

  /** Who is told when it is withdrawn. */
  madeBy(whenWithdrawn: () => void): void {
    this.#whenWithdrawn = whenWithdrawn;
  }

  withdraw(): void {
    if (this.#isSettled) return;
    if (this.ticket.take()) this.reject(new StartError(TOLD_TO_END));
    else this.isAbandoned = true;
    this.#whenWithdrawn();
  }
}
