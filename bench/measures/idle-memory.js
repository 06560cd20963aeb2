import { setTimeout as wait } from 'node:timers/promises';
import { descendantsMb, residentMb } from '../support/process-memory.js';
import { startServer } from '../support/processes.js';
import { atMost } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const SERVERS = 3;
const IDLE_MS = 10_000;

/** Resident memory ten seconds after the start, of servers nobody has asked for anything. */
export const idleMemory = async (workspace) => {
  const bare = [];
  const runlet = [];
  for (let server = 0; server < SERVERS; server += 1) {
    bare.push(await startServer(workspace, 'bench/bare-http.js'));
    runlet.push(await startRunlet(workspace));
  }
  await wait(IDLE_MS);
  const children = runlet.map(({ pid }) => descendantsMb(pid));
  const together = children.map((each) => each.reduce((sum, mb) => sum + mb, 0));
  return [
    {
      what: 'idle memory of the server process, MB',
      bare: medianOf(bare.map(({ pid }) => residentMb(pid))),
      runlet: medianOf(runlet.map(({ pid }) => residentMb(pid))),
      bar: atMost(90),
      note:
        `${IDLE_MS / 1000} s after the start, ${SERVERS} each; children beside it: ${children[0].length} processes, ` +
        `${medianOf(together).value.toFixed(0)} MB; bare: a Node http server`,
    },
  ];
};
