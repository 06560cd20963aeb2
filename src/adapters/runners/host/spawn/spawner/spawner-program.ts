import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { ignoreSignals } from '../../../process/ignore-signals.js';
import { closeInheritedDescriptors } from '../../../process/inherited-descriptors.js';
import { DirectStarts } from './direct-starts.js';
import { type SpawnedProcess, spawnProcess } from './spawn-process.js';
import type { NamedFile, Ping, SpawnAnswer, SpawnRequest } from './spawner-protocol.js';

/*
 * Starts scripts for the server. fork() copies the page tables of the process that calls it, so it takes longer the larger that is; this
 * one stays small. It holds nothing of its own: when the server is gone it goes too, and scripts that run are the next start's to end.
 */

const [server, openFiles] = process.argv.slice(2).map(Number);
const directStarts = new DirectStarts(openFiles);

const answer = (message: SpawnAnswer): void => void process.send?.(message);

const serve = async ({ id, start, files }: SpawnRequest): Promise<void> => {
  const isDirect = start.direct !== undefined && (await directStarts.suits(start.direct));
  exitWithServer();
  const opened: number[] = [];
  try {
    for (const file of files) opened.push(openGiven(file));
    for (const { path } of files.toReversed()) unlinkSync(path); // the ticket first: it is missing where the start was taken back
    exitWithServer();
    const { pid, startTime, ended } = await begin(start, opened, isDirect);
    answer({ id, pid, startTime });
    void ended.then((end) => answer({ id, end }));
  } catch (error) {
    answer({ id, refused: (error as Error).message });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
};

/** What cannot start directly is left to the shell, which can tell why. */
const begin = async (
  start: SpawnRequest['start'],
  fds: readonly number[],
  isDirect: boolean,
): Promise<SpawnedProcess> => {
  const { direct, environment } = start;
  if (!direct || !isDirect) return spawnProcess(start, fds);
  const command = { file: direct.file, args: direct.args, environment };
  return spawnProcess(command, fds.slice(0, direct.files), direct.directory).catch(() => spawnProcess(start, fds));
};

/** A request may be older than the death of the server, whose runs are ended by then. */
const exitWithServer = (): void => {
  if (process.ppid !== server) process.exit();
};

/** Opening one end of a pipe waits for the other, which may be gone with the server: both at once do not wait. */
const openGiven = ({ path, access, isPipe }: NamedFile): number => {
  const bothEnds = isPipe ? openSync(path, constants.O_RDWR) : null;
  try {
    return openSync(path, FLAGS[access]);
  } finally {
    if (bothEnds !== null) closeSync(bothEnds);
  }
};

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  append: constants.O_WRONLY | constants.O_APPEND,
} as const;

// It ends with the server. A signal that the whole service gets, as systemd sends it, would cost running scripts their exit codes.
ignoreSignals(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']);
closeInheritedDescriptors();
process.on('message', (message: SpawnRequest | Ping) => {
  if ('ping' in message) answer({ pong: true });
  else void serve(message);
});
process.once('disconnect', () => process.exit());
