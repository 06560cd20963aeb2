export interface Once<T> {
  (): Promise<T>;
  isLoaded(): boolean;
}

/** Loads at the first call; all later calls get the same promise. */
export const once = <T>(load: () => Promise<T>): Once<T> => {
  let loaded: Promise<T> | null = null;
  return Object.assign(() => (loaded ??= load()), { isLoaded: () => loaded !== null });
};
