import { firstOutput } from '../support/first-output.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper } from '../support/processes.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const HELPER = 'bench/starter-helper.js';
const ROUNDS = 60;
const FIRST_ROUNDS = 12;

/** execa, which starts scripts with SPAWNER=off, in the column "bare"; the spawner in the column "Runlet". */
export const starters = async (workspace) => [
  ...(await firstStart(workspace)),
  ...(await starts(workspace, 'a small server', 0)),
  ...(await starts(workspace, 'a server with 300 MB', 300)),
  await output(workspace),
];

const firstStart = async (workspace) => {
  const measure = (kind) => () => startHelper(workspace, HELPER).ask({ measure: 'first', kind });
  const { bare, runlet } = await inTurns({ rounds: FIRST_ROUNDS }, measure('execa'), measure('spawner'));
  const of = (name) => ({
    bare: medianOf(bare.map((each) => each[name])),
    runlet: medianOf(runlet.map((each) => each[name])),
  });
  return [
    {
      what: 'load, and start the first process, ms',
      ...of('ms'),
      note: 'bare: execa; Runlet: the spawner. All rows below too',
    },
    { what: 'memory for that, MB', ...of('mb'), note: 'in the server, and in the process of the spawner' },
  ];
};

const starts = async (workspace, where, ballastMb) => {
  const helper = startHelper(workspace, HELPER);
  const measure = (kind) => () => helper.ask({ measure: 'start', kind, ballastMb });
  const { bare, runlet } = await inTurns({ rounds: ROUNDS, warmUps: 5 }, measure('execa'), measure('spawner'));
  const of = (name) => ({
    bare: medianOf(bare.map((each) => each[name])),
    runlet: medianOf(runlet.map((each) => each[name])),
  });
  return [
    { what: `${where} is held up, ms`, ...of('heldMs') },
    { what: `start until known, ${where}, ms`, ...of('startedMs') },
    { what: `start to end of sh -c :, ${where}, ms`, ...of('endedMs') },
  ];
};

/** A script with a variable of its own is never given to a pre-started shell. */
const output = async (workspace) => {
  const open = async (settings) => {
    const { client } = await startRunlet(workspace, settings);
    const own = { type: 'bash', env: [{ key: 'OWN', value: '1' }] };
    const scriptId = await client.createScript('first output', 'echo hi', own);
    return () => firstOutput(client, scriptId);
  };
  const [execa, spawner] = [await open({ SPAWNER: 'off' }), await open({})];
  const { bare, runlet } = await inTurns({ rounds: ROUNDS, warmUps: 10 }, execa, spawner);
  return {
    what: 'request to first output at a viewer, ms',
    bare: medianOf(bare),
    runlet: medianOf(runlet),
    note: 'whole servers; a script with a variable, which no pre-started shell takes',
  };
};
