/** Waits for `event`, but no longer than `ms`. @returns whether it came */
export const within = async (ms: number, event: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const inTime = await Promise.race([event.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
};

/** Resolves when any of the signals is aborted, if one ever is. */
export const anyAborted = (...signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) resolve();
    else for (const signal of signals) signal.addEventListener('abort', () => resolve(), { once: true });
  });
