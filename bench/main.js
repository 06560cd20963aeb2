// npm run bench: what Runlet costs, each figure beside a bare baseline taken in turns with it. See README.md here.
import { existsSync } from 'node:fs';
import { requestToFirstOutput } from './measures/first-output.js';
import { idleMemory } from './measures/idle-memory.js';
import { largeOutput } from './measures/large-output.js';
import { maskedOutput } from './measures/masked-output.js';
import { memoryGrowth } from './measures/memory-growth.js';
import { runsPerSecond } from './measures/runs-per-second.js';
import { sandboxFirstOutput } from './measures/sandbox.js';
import { stalledViewers } from './measures/stalled-viewers.js';
import { starters } from './measures/starters.js';
import { startUp } from './measures/start-up.js';
import { storedRuns } from './measures/stored-runs.js';
import { manyViewers } from './measures/viewers.js';
import { vm2Runaways } from './measures/vm2-runaways.js';
import { figureLines, headLines, machineLine } from './support/report.js';
import { openWorkspace, removeKeptFolders } from './support/workspace.js';

const MEASURES = {
  'first-output': requestToFirstOutput,
  'runs-per-second': runsPerSecond,
  sandbox: sandboxFirstOutput,
  viewers: manyViewers,
  'stored-runs': storedRuns,
  'memory-growth': memoryGrowth,
  'start-up': startUp,
  'idle-memory': idleMemory,
  'vm2-runaways': vm2Runaways,
  starters,
  // Last: the disk is busy with what these have written long after.
  'large-output': largeOutput,
  'masked-output': maskedOutput,
  'stalled-viewers': stalledViewers,
};

const main = async (names) => {
  const unknown = names.find((name) => !(name in MEASURES));
  if (unknown !== undefined) throw new Error(`${unknown}: there is ${Object.keys(MEASURES).join(', ')}`);
  if (process.platform !== 'linux') throw new Error('the benchmarks read memory from /proc: they need Linux');
  if (!existsSync(new URL('../dist/main.js', import.meta.url)))
    throw new Error('there is no dist/: npm run build first');
  say(machineLine(), 'median (p10–p90) unless it says otherwise', '', ...headLines());
  for (const name of names.length > 0 ? names : Object.keys(MEASURES)) await show(MEASURES[name]);
};

const show = async (measure) => {
  const workspace = openWorkspace();
  const interrupted = () => {
    void workspace.close().finally(() => {
      removeKeptFolders();
      process.exit(130);
    });
  };
  process.once('SIGINT', interrupted);
  try {
    for (const figure of await measure(workspace)) say(...figureLines(figure));
  } finally {
    process.off('SIGINT', interrupted);
    await workspace.close();
  }
};

const say = (...lines) => process.stdout.write(`${lines.join('\n')}\n`);

main(process.argv.slice(2))
  .catch((error) => {
    process.stderr.write(`The benchmark failed: ${error.stack}\n`);
    process.exitCode = 1;
  })
  .finally(removeKeptFolders);
