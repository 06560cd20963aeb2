import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.js';

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

/** This machine has not what the test server takes; `message` says what. */
export class MongoServerMissing extends Error {}

/** @param dataFile where it keeps its data; without one, in memory. */
export const startMongoServer = async ({ port = 0, dataFile = '' } = {}): Promise<MongoServer> => {
  const child = spawn(START, ['--with-stdin', String(port), dataFile], { stdio: 'pipe' });
  const uri = await untilReady(child);
  letTestsEndWithout(child);
  return {
    uri,
    port: Number(new URL(uri).port),
    pause: () => {
      child.kill('SIGSTOP');
      return untilStopped(child.pid ?? 0);
    },
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.ref();
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
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
/** EX_UNAVAILABLE, as `start` says it. */
const MISSING = 69;

const untilReady = async (child: ChildProcessWithoutNullStreams): Promise<string> => {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4096)));
  child.once('error', (error) => (complaint = error.message));
  for await (const line of createInterface(child.stdout)) {
    const uri = /^ready (\S+)$/.exec(line)?.[1];
    if (uri) return uri;
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  if (child.exitCode === MISSING) throw new MongoServerMissing(complaint.trim().split('\n').at(-1));
  throw new Error(`the test server did not start: ${complaint.trim()}`);
};

const letTestsEndWithout = (child: ChildProcessWithoutNullStreams): void => {
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as unknown as Socket).unref();
  child.stdout.resume();
};
