import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';

/** A server for tests that this machine has not what it takes for; `message` says what is missing. */
export class TestServerMissing extends Error {}

export interface TestServer {
  readonly child: ChildProcessWithoutNullStreams;
  /** From its line `ready URI`. */
  readonly uri: string;
  /** Resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server in a process of its own and waits until it serves. Nothing waits for its end: its standard input ends with this
 * process, and it with that.
 * @throws TestServerMissing when it exits with EX_UNAVAILABLE
 */
export const startTestServer = async (program: string, args: readonly string[]): Promise<TestServer> => {
  const child = spawn(program, args, { stdio: 'pipe' });
  const uri = await untilReady(child);
  letTestsEndWithout(child);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.ref();
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await ended;
  };
  return { child, uri, stop };
};

const EX_UNAVAILABLE = 69;

const untilReady = async (child: ChildProcessWithoutNullStreams): Promise<string> => {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4096)));
  child.once('error', (error) => (complaint = error.message));
  for await (const line of createInterface(child.stdout)) {
    const uri = /^ready (\S+)$/.exec(line)?.[1];
    if (uri) return uri;
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  if (child.exitCode === EX_UNAVAILABLE) throw new TestServerMissing(complaint.trim().split('\n').at(-1));
  throw new Error(`the test server did not start: ${complaint.trim()}`);
};

const letTestsEndWithout = (child: ChildProcessWithoutNullStreams): void => {
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as unknown as Socket).unref();
  child.stdout.resume();
};
