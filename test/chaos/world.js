import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from './api.js';
import { openDisk } from './disk.js';
import { livingProcesses, readJournal } from './journal.js';
import { Server } from './server.js';
import { openStore } from './stores.js';
import { Weather } from './weather.js';

const MAX_CONCURRENT_RUNS = 4;
const MAX_QUEUED_RUNS = 40;
/** A run that has its slot is stored as queued until it is claimed. */
const MOST_QUEUED = MAX_QUEUED_RUNS + MAX_CONCURRENT_RUNS;
/** A longer chaos writes more logs. */
const diskMib = (seconds) => 64 + Math.ceil(seconds / 2);

/** A server with its store and its disk, in folders of their own, and a client of it. */
export const openWorld = async ({ seconds, store: kind }) => {
  const folders = makeFolders();
  const disk = openDisk(folders.disk, diskMib(seconds));
  const store = await openStore(kind, folders);
  const password = randomBytes(12).toString('hex');
  const port = await freePort();
  const environment = {
    ...{ PATH: process.env.PATH, HOME: folders.home, LANG: 'C.UTF-8', PORT: String(port), ADMIN_PASS: password },
    ...{
      DATA_DIR: folders.data,
      MAX_CONCURRENT_RUNS: String(MAX_CONCURRENT_RUNS),
      MAX_QUEUED_RUNS: String(MAX_QUEUED_RUNS),
    },
    ...{ KILL_GRACE_MS: '300', SHUTDOWN_GRACE_MS: '800', RETENTION_DAYS: '0', RETENTION_RUNS: '0' },
    ...store.settings,
  };
  const logFile = join(folders.scratch, 'server.log');
  const server = new Server({ environment, logFile, mayRefuse: () => weather.mayRefuse() });
  const weather = new Weather({ server, disk, store });
  const close = async ({ keep }) => {
    await server.close();
    await store.close();
    endScripts(folders.journal);
    if (keep) cpSync(folders.disk, join(folders.scratch, 'kept'), { recursive: true });
    disk?.close();
    if (!keep) rmSync(folders.scratch, { recursive: true, force: true });
  };
  const api = new Api(`http://127.0.0.1:${port}`, `admin:${password}`);
  return { folders, disk, store, server, weather, api, password, logFile, mostQueued: MOST_QUEUED, close };
};

const makeFolders = () => {
  const scratch = mkdtempSync(join(tmpdir(), 'runlet-chaos-'));
  const folders = { scratch };
  for (const name of ['disk', 'journal', 'home']) {
    folders[name] = join(scratch, name);
    mkdirSync(folders[name]);
  }
  return { ...folders, data: join(folders.disk, 'data') };
};

/** The server keeps its port over restarts, so that clients find it again. */
const freePort = async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
};

/** Leftovers of runs, and what a failed server has left. */
const endScripts = (journalFolder) => {
  const journal = readJournal(journalFolder);
  for (const [runId, pids] of livingProcesses(journal)) {
    if (!journal.has(runId)) continue; // another server's
    for (const pid of pids) endProcess(pid);
  }
};

const endProcess = (pid) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
};
