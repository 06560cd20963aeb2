import { accessSync, constants, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CGROUP_PREFIX } from './run-cgroup.js';

/**
 * The folder of the cgroup v2 this server is in, if it may make others below it: /sys/fs/cgroup/… where v2 is alone,
 * /sys/fs/cgroup/unified/… where it stands beside v1. Null without.
 */
export const findOwnCgroup = (): string | null => {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const mount = cgroup2Mount(readFileSync('/proc/self/mountinfo', 'utf8'));
    if (own === undefined || mount === null || !`${own}/`.startsWith(`${mount.root}/`)) return null;
    const folder = join(mount.point, own.slice(mount.root.length));
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return canHoldProcesses(folder) ? folder : null;
  } catch {
    return null;
  }
};

const cgroup2Mount = (mountinfo: string): { root: string; point: string } | null => {
  for (const line of mountinfo.split('\n')) {
    const [about = '', filesystem = ''] = line.split(' - ');
    const [, , , root, point] = about.split(' ').map(unescapeOctal);
    if (filesystem.startsWith('cgroup2 ') && root !== undefined && point !== undefined) {
      return { root: root === '/' ? '' : root, point };
    }
  }
  return null;
};

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** A cgroup below a threaded one takes no processes. */
const canHoldProcesses = (parent: string): boolean => {
  const probe = join(parent, `${CGROUP_PREFIX}probe-${process.pid}`);
  mkdirSync(probe);
  try {
    return readFileSync(join(probe, 'cgroup.type'), 'utf8').trim() === 'domain';
  } finally {
    rmdirSync(probe);
  }
};
