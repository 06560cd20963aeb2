import { fork, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const STOP_MS = 15_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a server of the repository and does not wait for it. @param script its path from the root */
export const spawnServer = (workspace, script, environment = {}) => {
  const errors = join(workspace.newFolder('server'), 'stderr');
  const stderr = openSync(errors, 'a');
  const child = spawn(process.execPath, [...profiling(script), join(root, script)], {
    cwd: workspace.folder,
    env: { ...workspace.environment, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', stderr],
  });
  closeSync(stderr);
  const exited = once(child, 'exit');
  const stop = () => end(child, exited);
  workspace.onClose(stop);
  return { pid: child.pid, stdout: child.stdout, exited, stop, errors: () => readFileSync(errors, 'utf8') };
};

/** Starts a server and waits for the line that says where it listens. Answers its origin, pid and `stop`. */
export const startServer = async (workspace, script, environment) => {
  const server = spawnServer(workspace, script, environment);
  const lines = createInterface({ input: server.stdout });
  const origin = new Promise((resolve) => {
    lines.on('line', (line) => {
      const match = /is ready at (http:\/\/[^/ ]+)/.exec(line);
      if (match) resolve(match[1]);
    });
  });
  const died = server.exited.then(([code]) => {
    throw new Error(`${script} ended with ${code} before it was ready:\n${server.errors()}`);
  });
  died.catch(() => undefined);
  return { origin: await Promise.race([origin, died]), pid: server.pid, stop: server.stop };
};

/** A helper process of this folder that answers one message with one message `{ value }`. */
export const startHelper = (workspace, script) => {
  const child = fork(join(root, script), {
    env: workspace.environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  workspace.onClose(() => end(child, exited));
  return {
    pid: child.pid,
    ask: async (message) => {
      child.send(message);
      const died = exited.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`)));
      died.catch(() => undefined);
      const [{ value }] = await Promise.race([once(child, 'message'), died]);
      return value;
    },
  };
};

/** `BENCH_PROFILE=<folder>` writes CPU profiles of the Runlet servers there. */
const profiling = (script) =>
  process.env.BENCH_PROFILE && script.startsWith('dist/')
    ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`]
    : [];

const end = async (child, exited) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
};
