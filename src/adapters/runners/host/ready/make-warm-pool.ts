import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, environmentForScripts } from '../environment.js';
import { findProgram } from '../../process/find-program.js';
import type { HostRunnerNeeds } from '../host-runner.js';
import { WarmPool } from './warm-pool.js';
import { preStartShell } from './pre-started-shell.js';

/** A pool of `size` login shells of the server's own user; undefined where none can be: without a bash or a spawner. */
export const makeWarmPool = (needs: HostRunnerNeeds, size: number): WarmPool | undefined => {
  const { spawner, pipes, cgroupParent = null } = needs;
  const environment = environmentForScripts(needs.baseEnvironment, needs.settingNames);
  const bash = findProgram('bash', environment.PATH ?? '');
  if (!spawner || needs.user || bash === undefined) return undefined;
  const start = spawner.start.bind(spawner);
  return new WarmPool({
    size,
    start: () => preStartShell({ start, bash, environment, home: needs.home(), pipes, cgroupParent }),
    fingerprint: () => fingerprintOf(environment, needs.home()),
  });
};

/** Of everything a login shell reads at start-up: its profile files, and the folder where it starts. */
const fingerprintOf = ({ HOME }: Environment, home: string): string => {
  const files = [...MACHINE_WIDE, ...PERSONAL.map((name) => join(HOME ?? home, name))];
  return [look(home)?.ino, ...files.map(look).map((stat) => stat && `${stat.ino}:${stat.mtimeMs}`)].join();
};

const look = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // may not be looked at, so that a shell does not read it either
  }
};

/** bash(1), INVOCATION; the last of each is what most distributions have the others read. */
const MACHINE_WIDE = ['/etc/profile', '/etc/profile.d', '/etc/bash.bashrc'];
const PERSONAL = ['.bash_profile', '.bash_login', '.profile', '.bashrc'];
