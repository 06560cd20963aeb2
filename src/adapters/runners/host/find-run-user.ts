import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from '../process/find-program.js';
import type { RunUser, UserTools } from './run-user.js';

/**
 * A user of this machine by name or number, as the machine's own tools know it: a directory service is asked too.
 * @param path where programs are looked for, as in PATH
 * @throws Error that says why scripts cannot run as it
 */
export const findRunUser = (name: string, path: string): RunUser => {
  const tools = toolsIn(path);
  const entry = passwdEntryOf(name);
  if (entry === undefined) throw new Error(`there is no user ${name} on this machine`);
  const [known = '', , uid, gid, , home = '', shell = ''] = entry.split(':');
  const groups = execFileSync('id', ['-G', known], QUIETLY).trim().split(/\s+/).map(Number);
  const about = { name: known, uid: Number(uid), gid: Number(gid), groups };
  return { ...about, home: home || '/', shell: shell || '/bin/sh', tools };
};

const QUIETLY: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };

/** A line of passwd(5). */
const passwdEntryOf = (name: string): string | undefined => {
  try {
    return execFileSync('getent', ['passwd', name], QUIETLY).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined; // it has not found the name
  }
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  return entries.find((entry) => entry.startsWith(`${name}:`));
};

const toolsIn = (path: string): UserTools => {
  const [setpriv, bash] = ['setpriv', 'bash'].map((tool) => findProgram(tool, path));
  if (setpriv === undefined) throw new Error('it takes setpriv, of util-linux on Linux, which was not found in PATH');
  if (bash === undefined) throw new Error('it takes bash, which was not found in PATH');
  return { setpriv, bash };
};
