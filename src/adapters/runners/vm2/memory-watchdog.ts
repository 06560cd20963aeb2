import { readFileSync } from 'node:fs';

const EVERY_MS = 100;

export interface MemoryWatchdog {
  /** Whether the process went past its limit. */
  exceeded(): boolean;
  stop(): void;
}

/** Calls `end` once when more than `limitMb` MiB of the process are resident, as /proc tells; never where there is no /proc. */
export const watchMemory = (pid: number, limitMb: number, end: () => void): MemoryWatchdog => {
  let exceeded = false;
  const timer = setInterval(() => {
    if (residentKbOf(pid) <= limitMb * 1024) return;
    exceeded = true;
    clearInterval(timer);
    end();
  }, EVERY_MS);
  return { exceeded: () => exceeded, stop: () => clearInterval(timer) };
};

/** 0 when the process is gone. */
const residentKbOf = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
};
