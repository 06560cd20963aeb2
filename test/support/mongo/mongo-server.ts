import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.js';
import { startTestServer } from '../test-server.js';

/** The test server of this folder, in a process of its own. It ends with the process that started it, however that ends. */
export interface MongoServer {
  readonly uri: string;
  readonly port: number;
  /** Stops answering, with every connection left open, until `resume`. Resolves when it has. */
  pause(): Promise<void>;
  resume(): void;
  /** Resolves when it has ended; what it kept in a data file is there for the next one. */
  stop(): Promise<void>;
}

/** @param dataFile where it keeps its data; without one, in memory. */
export const startMongoServer = async ({ port = 0, dataFile = '' } = {}): Promise<MongoServer> => {
  const { child, uri, stop } = await startTestServer(START, ['--with-stdin', String(port), dataFile]);
  return {
    uri,
    port: Number(new URL(uri).port),
    pause: () => {
      child.kill('SIGSTOP');
      return untilStopped(child.pid ?? 0);
    },
    resume: () => void child.kill('SIGCONT'),
    stop,
  };
};

/** On a busy machine a thread may go on for a while after the signal was sent. */
const untilStopped = (pid: number): Promise<void> =>
  eventually(async () => {
    if (!existsSync('/proc/self/task')) return;
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      if (!stat.includes(') T ')) throw new Error(`the thread ${thread} has not stopped: ${stat}`);
    }
  });

const START = fileURLToPath(new URL('./start', import.meta.url));
