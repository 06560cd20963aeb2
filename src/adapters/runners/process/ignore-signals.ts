/**
 * These signals have no effect on this process from now on. A listener for SIGUSR1 also takes the place of Node's own, which opens the inspector.
 * Programs that this process starts get all signals at their defaults.
 */
export const ignoreSignals = (names: readonly NodeJS.Signals[]): void => {
  for (const name of names) process.on(name, () => undefined);
};
