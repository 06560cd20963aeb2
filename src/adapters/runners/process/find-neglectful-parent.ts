import { setTimeout as pause } from 'node:timers/promises';
import { type ProcessInfo, readProcess } from './process-table.js';
import { runHelper } from './run-helper.js';

const LOOK_MS = 100;
/** How long an init process may take to wait for a process that has ended, on a machine with much to do. */
const PATIENCE_MS = 3000;

/**
 * The process that becomes the parent of processes whose own has ended, and does not wait for them, so that each stays as a zombie: Node as PID 1 of
 * a container. Found out with a process of that kind, within 5 s. Null where they are waited for, and where there is no Linux /proc.
 */
export const findNeglectfulParent = async (): Promise<ProcessInfo | null> => {
  const { stdout } = await runHelper('/bin/sh', ['-c', 'sleep 1 >/dev/null 2>&1 & echo $!'], { environment: {} });
  const pid = Number(stdout);
  const startTime = readProcess(pid)?.startTime;
  let zombieSince: number | null = null;
  for (;;) {
    const orphan = readProcess(pid);
    if (orphan === null || orphan.startTime !== startTime) return null;
    if (orphan.state === 'Z') zombieSince ??= performance.now();
    if (zombieSince !== null && performance.now() - zombieSince > PATIENCE_MS) return readProcess(orphan.parent);
    await pause(LOOK_MS, undefined, { ref: false });
  }
};
