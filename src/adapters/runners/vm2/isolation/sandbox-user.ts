import { readFileSync } from 'node:fs';

/** The user nobody, as nearly every Linux has it. */
const NOBODY = 65_534;

/**
 * Number of the user and group that sandboxes run as where the server is root: nobody, and where host scripts run as nobody one that has no
 * account. A process can read the memory of others of its user.
 * @param hostUser number of the user of host scripts; undefined when that is the server's own
 */
export const sandboxUser = (hostUser: number | undefined): number => {
  if (hostUser !== NOBODY) return NOBODY;
  const taken = new Set([...numbersIn('/etc/passwd'), ...numbersIn('/etc/group')]);
  let user = NOBODY - 1;
  while (taken.has(user)) user--;
  return user;
};

const numbersIn = (file: string): number[] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
  } catch {
    return [];
  }
};
