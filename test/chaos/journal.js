import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What scripts recorded: by run, the processes that began it and the exit code it was going to end with. */
export const readJournal = (folder) => new Map(namesIn(folder).map((runId) => [runId, readEntry(folder, runId)]));

const namesIn = (folder) => readdirSync(folder).filter((name) => /^[\da-f]{24}$/.test(name));

const readEntry = (folder, runId) => {
  const lines = readFileSync(join(folder, runId), 'utf8').split('\n');
  const began = lines.flatMap((line) => {
    const [, pid, startTime] = /^began (\d+) (\d+)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), startTime }];
  });
  const end = lines.flatMap((line) => /^ends (\d+)$/.exec(line)?.[1] ?? []).at(-1);
  return { began, exitCode: end === undefined ? null : Number(end) };
};

/** By run, pids of what lives of it: processes that inherited its id, and those that recorded that they began it. */
export const livingProcesses = (journal) => {
  const living = new Map();
  const add = (runId, pid) => living.set(runId, (living.get(runId) ?? new Set()).add(pid));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, runId] = /(?:^|\0)RUNLET_RUN_ID=([\da-f]{24})\0/.exec(read(`/proc/${pid}/environ`)) ?? [];
    if (runId !== undefined) add(runId, Number(pid));
  }
  for (const [runId, { began }] of journal)
    for (const { pid, startTime } of began) if (startTimeOf(pid) === startTime) add(runId, pid);
  return living;
};

/** Null for one that has ended, zombies too. */
const startTimeOf = (pid) => {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[0] === 'Z' ? null : fields[19];
};

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended, or another user's
  }
};
