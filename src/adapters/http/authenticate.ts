import type { IncomingMessage } from 'node:http';
import type { Actor } from '../../domain/actor.js';

/**
 * Who sends a request; null for somebody who does not show it, or shows it wrongly. A rejection answers 500, or what its DomainError says.
 * Wrong `Authorization` headers are counted by the app, which stops asking for an address that guesses.
 */
export type Authenticate = (request: IncomingMessage) => Promise<Actor | null>;

/** Somebody who was let in. */
export interface Admitted extends Actor {
  /** Aborted when the access is taken away: what is still open for it ends. */
  readonly withdrawn?: AbortSignal;
}
