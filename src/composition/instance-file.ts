import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { SettingsError } from './settings.js';

const server = z.object({ pid: z.int(), startTime: z.string(), namespace: z.string(), bootId: z.string() });

/** The server that ran on a folder, and where that folder was. */
const original = z.object({ server: server.nullable(), folder: z.string() });

const instance = z.object({
  serverId: z.string(),
  /** Of the file `server-id`, when it was recorded. A copy has another one. */
  inode: z.string(),
  /** Nanoseconds; "0" where the file system does not keep it. */
  bornAt: z.string(),
  /** Null after a stop in order. */
  server: server.nullable(),
  folder: z.string(),
  /** Set when the folder was found to be a copy, until what was queued in it is decided on. */
  copy: z.object({ of: z.array(z.string()).min(1), since: z.iso.datetime(), originals: z.array(original) }).nullable(),
});

export type InstanceRecord = z.output<typeof instance>;
export type Original = z.output<typeof original>;
export type ServerRecord = z.output<typeof server>;

/** Null when there is none. @throws SettingsError when it holds something else */
export const readInstance = (file: string): InstanceRecord | null => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SettingsError(`DATA_DIR: ${(error as Error).message}`);
  }
  try {
    return instance.parse(JSON.parse(text));
  } catch {
    throw new SettingsError(
      `DATA_DIR: ${file} is not as Runlet writes it, so whether the folder is a copy cannot be told; put the file back, or delete it if no ` +
        'other server runs on a folder that this one was copied from or to',
    );
  }
};

/** In one step: what a crash leaves is the old content or the new. */
export const writeInstance = (file: string, content: InstanceRecord): void =>
  replaceFile(file, `${JSON.stringify(content)}\n`);

/** On the disk before it is in its place. */
export const replaceFile = (file: string, text: string): void => {
  const next = `${file}.next`;
  const fd = openSync(next, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, file);
};
