import { afterEach, beforeEach } from '@jest/globals';
import type { Store } from '../../src/application/ports/store.js';

/** Opens an empty store that nobody else uses; `close` also removes what it kept. */
export type OpenStore = () => Promise<{ readonly store: Store; close(): Promise<void> }>;

export interface ContractOptions {
  /** Factor for the number of racers and rows: below 1 where each call is a round trip. */
  readonly volume?: number;
}

/** A store of its own for each test of the surrounding `describe`. */
export const useStore = (open: OpenStore): (() => Store) => {
  let opened: Awaited<ReturnType<OpenStore>> | undefined;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });
  return () => {
    if (!opened) throw new Error('the store is open only while a test runs');
    return opened.store;
  };
};

export const times = <T>(n: number, make: (index: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** How many of something a suite uses: at least 2, so that a race stays a race. */
export const scaled = (n: number, volume = 1): number => Math.max(2, Math.round(n * volume));
