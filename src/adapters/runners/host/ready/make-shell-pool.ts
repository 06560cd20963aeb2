import { findProgram } from '../../process/find-program.js';
import { environmentForScripts } from '../environment.js';
import type { HostRunnerNeeds } from '../host-runner.js';
import { preStartShell } from './pre-start-shell.js';
import { WarmPool } from './warm-pool.js';

/** A pool of `size` login shells of the server's own user; undefined without a bash, and for another user. */
export const makeShellPool = (needs: HostRunnerNeeds, size: number): WarmPool | undefined => {
  const environment = environmentForScripts(needs.baseEnvironment, needs.settingNames);
  if (needs.user || findProgram('bash', environment.PATH ?? '') === undefined) return undefined;
  return new WarmPool({
    size,
    start: (giveUp) => preStartShell({ ...needs, environment, home: needs.home.directory }, giveUp),
  });
};
