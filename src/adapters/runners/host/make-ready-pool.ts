import { environmentForScripts } from './environment.js';
import { findProgram } from './find-program.js';
import type { HostRunnerNeeds } from './host-runner.js';
import { ReadyPool } from './ready-pool.js';
import { startReadyProcess } from './ready-process.js';
import { canHandOn } from './shell-program.js';

/** POSIX names no place for it, and every Linux has it here. */
const SHELL_FOLDER = '/bin';

/**
 * A pool of `size` processes for scripts of the server's own user; undefined where none can be: without a shell or a spawner, or with
 * variables in the environment that a shell would not hand on.
 */
export const makeReadyPool = (needs: HostRunnerNeeds, size: number): ReadyPool | undefined => {
  const { spawner, pipes, cgroupParent = null } = needs;
  const environment = environmentForScripts(needs.baseEnvironment, needs.settingNames);
  const shell = findProgram('sh', SHELL_FOLDER);
  if (!spawner || needs.user || !canHandOn(environment) || shell === undefined) return undefined;
  const start = spawner.start.bind(spawner);
  return new ReadyPool(size, () => startReadyProcess({ start, shell, environment, pipes, cgroupParent }));
};
