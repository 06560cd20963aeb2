import { readFileSync } from 'node:fs';
import { findProgram } from '../process/find-program.js';
import { runHelper } from '../process/run-helper.js';
import type { RunUser, UserTools } from './run-user.js';

/**
 * A user of this machine by name or number, as the machine's own tools know it: a directory service is asked too.
 * @param path where programs are looked for, as in PATH
 * @throws Error that says why scripts cannot run as it
 */
export const findRunUser = async (name: string, path: string): Promise<RunUser> => {
  const tools = toolsIn(path);
  const entry = await passwdEntryOf(name);
  if (entry === undefined) throw new Error(`there is no user ${name} on this machine`);
  const [known = '', , uid, gid, , home = '', shell = ''] = entry.split(':');
  const about = { name: known, uid: Number(uid), gid: Number(gid), groups: await groupsOf(known) };
  return { ...about, home: home || '/', shell: shell || '/bin/sh', tools };
};

/** A line of passwd(5). */
const passwdEntryOf = async (name: string): Promise<string | undefined> => {
  const { stdout, failure, wasFound } = await runHelper('getent', ['passwd', name]);
  if (wasFound) return failure === null ? stdout.trim() : undefined;
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  return entries.find((entry) => entry.startsWith(`${name}:`));
};

const groupsOf = async (name: string): Promise<number[]> => {
  const { stdout, failure } = await runHelper('id', ['-G', name]);
  if (failure !== null) throw new Error(`the groups of ${name} could not be read: ${failure}`);
  return stdout.trim().split(/\s+/).map(Number);
};

const toolsIn = (path: string): UserTools => {
  const [setpriv, bash] = ['setpriv', 'bash'].map((tool) => findProgram(tool, path));
  if (setpriv === undefined) throw new Error('it takes setpriv, of util-linux on Linux, which was not found in PATH');
  if (bash === undefined) throw new Error('it takes bash, which was not found in PATH');
  return { setpriv, bash };
};
