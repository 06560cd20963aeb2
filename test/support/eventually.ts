/** Calls `check` every 20 ms until it does not throw; after `timeoutMs` throws what it threw last. */
export const eventually = async <T>(check: () => T | Promise<T>, { timeoutMs = 10_000 } = {}): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};
