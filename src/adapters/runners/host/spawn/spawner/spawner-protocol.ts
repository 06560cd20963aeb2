import type { GivenFile, ProcessEnd, ProcessStart } from '../starter.js';

/** A file as its path alone names it: descriptors of the server mean nothing to another process. */
export type NamedFile = Omit<GivenFile, 'fd'>;

export interface SpawnRequest {
  readonly id: number;
  readonly start: Omit<ProcessStart, 'files'>;
  /** The spawner removes all these names. The last is the `Ticket`. */
  readonly files: readonly NamedFile[];
}

/** Asks for a sign of life. */
export interface Ping {
  readonly ping: true;
}

export type SpawnAnswer =
  | { readonly pong: true }
  | { readonly id: number; readonly pid: number; readonly startTime: number | null }
  /** Nothing was started; the message is for a person. */
  | { readonly id: number; readonly refused: string }
  | { readonly id: number; readonly end: ProcessEnd };
