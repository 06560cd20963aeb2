export interface Lifecycle {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * One start and one stop. A start that fails closes what it had opened. A second start, and one after a stop, reject and change
 * nothing. A stop during the start waits for its end; every further stop is the first one.
 * @param close has to cope with what `open` did not get to. Its failure after a failed start goes to `onFailedClose`.
 */
export const makeLifecycle = ({
  open,
  close,
  onFailedClose,
}: {
  open: () => Promise<void>;
  close: () => Promise<void>;
  onFailedClose: (error: unknown) => void;
}): Lifecycle => {
  let started: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  const openOrClose = async (): Promise<void> => {
    try {
      await open();
    } catch (error) {
      await close().catch(onFailedClose);
      stopped ??= Promise.resolve();
      throw error;
    }
  };
  const closeAfterStart = async (): Promise<void> => {
    const open = await started?.then(
      () => true,
      () => false, // closed already, and told to who started it
    );
    if (open !== false) await close();
  };

  return {
    start: async () => {
      if (stopped) throw new Error('this Runlet was stopped; createRunlet makes a new one to start');
      if (started) throw new Error('this Runlet was started already');
      started = openOrClose();
      await started;
    },
    stop: () => {
      stopped ??= closeAfterStart();
      return stopped;
    },
  };
};
