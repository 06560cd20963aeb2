import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readBootId } from '../adapters/runners/process/process-table.js';
import { isServerAlive, isThisServer, thisServer } from '../adapters/runners/process/server-process.js';
import type { Log } from '../application/ports/log.js';
import { newServerId } from './data-dir.js';
import {
  type InstanceRecord,
  type Original,
  readInstance,
  replaceFile,
  type ServerRecord,
  writeInstance,
} from './instance-file.js';

/** A folder that was copied from another server's, and what is to be known of that. */
export interface Copy {
  /** The ids that the servers had from which it was copied, one copy after the other. */
  readonly of: readonly string[];
  /** When the first server started on the copy. */
  readonly since: Date;
  /** Whether the server that had started what ran at the time is gone. False where that cannot be told. */
  readonly originalIsGone: boolean;
}

/** What tells the server on one DATA_DIR from the server on a copy of it. */
export interface Instance {
  readonly serverId: string;
  readonly copy: Copy | null;
  /** Nothing of the copy is left to be decided on. */
  forgetCopy(): void;
  /** The server stops in order. */
  release(): void;
}

/**
 * Finds out whether the folder is a copy: the file `server-id` is not the one that was recorded, or the server that was recorded lives. A copy
 * gets a server id of its own before anything is read by the old one. The caller holds the folder's lock.
 * @throws SettingsError when `instance.json` is not as Runlet writes it, Error when a copy cannot get its own id
 */
export const openInstance = (folder: string, now: Date, log: Pick<Log, 'warn'>): Instance => {
  const file = join(folder, 'instance.json');
  const idFile = join(folder, 'server-id');
  const known = readInstance(file);
  const found = readFileSync(idFile, 'utf8').trim();
  const isNewCopy = known !== null && isCopy(known, found, idFile);
  const copy = isNewCopy ? copyOf(known, found, now) : (known?.copy ?? null);
  // Recorded first: after a crash it is found to be a copy once more, and no id is lost.
  if (isNewCopy) writeInstance(file, { ...known, copy });
  const serverId = isNewCopy ? replaceId(idFile) : found;
  let record: InstanceRecord = { serverId, ...markOf(idFile), server: thisProcess(), folder, copy };
  const save = (changes: Partial<InstanceRecord>): void => {
    record = { ...record, ...changes };
    try {
      writeInstance(file, record);
    } catch (error) {
      // A full disk, for one. What is recorded still tells a copy from this folder, and the next start tries again.
      log.warn({ err: error }, 'DATA_DIR/instance.json could not be written');
    }
  };
  if (isNewCopy) writeInstance(file, record);
  else save({});
  return {
    serverId,
    copy: copy && {
      of: copy.of,
      since: new Date(copy.since),
      originalIsGone: copy.originals.every(isGoneFrom(folder)),
    },
    forgetCopy: () => {
      if (record.copy) save({ copy: null });
    },
    release: () => save({ server: null }),
  };
};

const isCopy = (known: InstanceRecord, serverId: string, idFile: string): boolean => {
  const { inode, bornAt } = markOf(idFile);
  const hasBirths = known.bornAt !== '0' && bornAt !== '0';
  return (
    known.serverId !== serverId ||
    known.inode !== inode ||
    (hasBirths && known.bornAt !== bornAt) ||
    // The lock of this folder is ours: that server runs on another, of which this is a snapshot that keeps inodes.
    (known.server !== null && !isThisServer(known.server) && isAlive(known.server) === true)
  );
};

const copyOf = (
  { serverId, server, folder, copy }: InstanceRecord,
  found: string,
  now: Date,
): NonNullable<InstanceRecord['copy']> => ({
  of: [...new Set([...(copy?.of ?? []), serverId, found])],
  since: copy?.since ?? now.toISOString(),
  originals: [...(copy?.originals ?? []), { server, folder }],
});

const replaceId = (file: string): string => {
  const id = newServerId();
  replaceFile(file, `${id}\n`);
  return id;
};

const markOf = (file: string): Pick<InstanceRecord, 'inode' | 'bornAt'> => {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return { inode: String(ino), bornAt: String(birthtimeNs) };
};

/** Neither that server lives nor one that was started on its folder since. */
const isGoneFrom =
  (own: string) =>
  ({ server, folder }: Original): boolean => {
    if (server && isAlive(server) !== false) return false;
    const since = folder === own ? null : recordedIn(folder);
    return !since || isAlive(since) === false;
  };

const recordedIn = (folder: string): ServerRecord | null => {
  try {
    return readInstance(join(folder, 'instance.json'))?.server ?? null;
  } catch {
    return null; // not a folder that could be read as one
  }
};

/** Null where that cannot be told. */
const isAlive = (server: ServerRecord): boolean | null =>
  server.bootId === readBootId() ? isServerAlive(server) : false;

const thisProcess = (): ServerRecord | null => {
  const bootId = readBootId();
  const own = thisServer();
  return own && bootId !== null ? { ...own, bootId } : null;
};
