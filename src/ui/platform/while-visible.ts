/** Calls `work` every `ms` while the tab is visible, and at once when it becomes so again. @returns stops that */
export const everyWhileVisible = (ms: number, work: () => void): (() => void) => {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') work();
  }, ms);
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') work();
  };
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
};
