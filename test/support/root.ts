import { describe } from '@jest/globals';

export const isRoot = process.getuid?.() === 0;

/** For what only root can do; elsewhere the name says why the suite was skipped. */
export const describeAsRoot = (name: string, suite: () => void): void => {
  if (isRoot) describe(name, suite);
  else describe.skip(`${name} (needs root)`, suite);
};
