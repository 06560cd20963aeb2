import { lstatSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readProcess } from '../../process/process-table.js';

/**
 * A new folder in `parent` that only the server's user can enter. Its name tells whose it is, so that those which killed servers
 * of the same user left are known, and removed.
 */
export const makePrivateFolder = (parent: string): string => {
  const where = realpathSync(parent);
  const owner = ownerOf(process.pid);
  if (owner !== null) removeAbandoned(where);
  return mkdtempSync(join(where, `runlet-${owner ?? process.pid}-`));
};

/** Numbers mean something within one namespace only: containers may share the parent. Null without a Linux /proc. */
const ownerOf = (pid: number): string | null => {
  const startTime = readProcess(pid)?.startTime;
  return startTime === undefined ? null : `${namespace()}-${pid}-${startTime}`;
};

const namespace = (): string => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';

const removeAbandoned = (parent: string): void => {
  const ours = new RegExp(`^runlet-(${namespace()}-(\\d+)-\\d+)-\\w+$`);
  for (const name of readdirSync(parent)) {
    const [, owner, pid] = ours.exec(name) ?? [];
    if (owner === undefined || owner === ownerOf(Number(pid))) continue;
    const path = join(parent, name);
    // In a folder for all, one of our own cannot be exchanged for something else while it is removed.
    if (isOwn(path)) rmSync(path, { recursive: true, force: true });
  }
};

const isOwn = (path: string): boolean => {
  const about = lstatSync(path, { throwIfNoEntry: false });
  return about?.isDirectory() === true && about.uid === process.getuid?.();
};
