import type { Log } from '../application/ports/log.js';

/** Says in the log when processes that outlive their scripts stay as zombies on this machine, unless the server stops before that is known. */
export const warnOfZombies = async (log: Log, isStopping: () => boolean): Promise<void> => {
  if (isStopping()) return;
  const { findNeglectfulParent } = await import('../adapters/runners/process/find-neglectful-parent.js');
  const parent = await findNeglectfulParent();
  if (parent === null || isStopping()) return;
  log.warn(
    { parent: `${parent.command} (pid ${parent.pid})` },
    'each process that outlives its script stays as a zombie when it ends, because its new parent does not wait for it: ' +
      'start the container with an init process (docker run --init)',
  );
};
