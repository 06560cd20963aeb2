// Prints LINES lines, one every 10 ms, once the file GATE is there: their numbers from 0 and when they were printed, in ns on the monotonic clock.
import { existsSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const EVERY_MS = 10;
const [gate, lines] = process.argv.slice(2);

while (!existsSync(gate)) await wait(20);
const startedAt = performance.now();
for (let line = 0; line < Number(lines); line += 1) {
  await wait(Math.max(0, startedAt + line * EVERY_MS - performance.now()));
  writeSync(1, `${line} ${process.hrtime.bigint()}\n`);
}
