import type { ProcessEnd, ProcessStart } from './start-process.js';

/** What the server asks of its spawner. `fds` of `start` are descriptors of the server: writing ends of two pipes, then the body to read. */
export interface SpawnRequest {
  readonly id: number;
  readonly start: ProcessStart;
}

export type SpawnAnswer =
  | { readonly id: number; readonly pid: number; readonly startTime: number | null }
  /** Nothing was started; the message is for a person. */
  | { readonly id: number; readonly refused: string }
  | { readonly id: number; readonly end: ProcessEnd };
