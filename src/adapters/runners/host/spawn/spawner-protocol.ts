import type { ProcessEnd, ProcessStart, StartError } from './start-process.js';

/** What the server asks of its spawner. `fds` of `start` are descriptors of the server: writing ends of two pipes, then what is to be read. */
export interface SpawnRequest {
  readonly id: number;
  readonly start: ProcessStart;
}

export type SpawnAnswer =
  | { readonly id: number; readonly pid: number; readonly startTime: number | null }
  /** Nothing was started; the message is for a person. */
  | { readonly id: number; readonly refused: string; readonly reason: StartError['reason'] }
  | { readonly id: number; readonly end: ProcessEnd };
