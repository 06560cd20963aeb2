// npm run chaos -- [--seconds N] [--seed S] [--store sqlite|mongodb] [--plan]: see CONTRIBUTING.md.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { carryOut } from './campaign.js';
import { INVARIANTS } from './invariants.js';
import { planOf } from './plan.js';
import { openWorld } from './world.js';

/** Of what breaks an invariant. */
const SHOWN = 5;

const main = async () => {
  const options = readOptions();
  if (options === null) return;
  const plan = planOf(options);
  if (options.plan) return say(...plan.map((step) => JSON.stringify(step)));
  say(`seed ${options.seed}, ${options.seconds} s on ${options.store}, ${plan.length} steps`);
  const world = await openWorld(options);
  let keep = true;
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void world.close({ keep }).finally(() => process.exit(130)));
  try {
    const evidence = await carryOut(plan, world);
    keep = !holds(evidence);
    if (keep) {
      say(
        '',
        `once more: npm run chaos -- --seconds ${options.seconds} --seed ${options.seed} --store ${options.store}`,
      );
      say(`data, server.log and what the scripts noted: ${world.folders.scratch}`);
      process.exitCode = 1;
    }
  } finally {
    await world.close({ keep });
  }
};

/** @returns null when they are wrong, which is said */
const readOptions = () => {
  try {
    return parseOptions();
  } catch ({ message }) {
    process.stderr.write(`${message}\n`);
    process.exitCode = 2;
    return null;
  }
};

const parseOptions = () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      store: { type: 'string', default: 'sqlite' },
      plan: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 86_400)) throw new Error('--seconds: a number from 1 to 86400');
  if (!['sqlite', 'mongodb'].includes(values.store)) throw new Error('--store: sqlite or mongodb');
  return { ...values, seconds };
};

/** Prints what was done and each invariant. @returns whether all hold */
const holds = (evidence) => {
  const { counts, server, api, runs } = evidence;
  say(`done: ${list(counts)}`, `starts of the server: ${server.starts}, runs: ${runs.size} (${list(statuses(runs))})`);
  say(`answers: ${list(api.answers)}`, '');
  let all = true;
  for (const [name, complaintsOf] of Object.entries(INVARIANTS)) {
    const complaints = complaintsOf(evidence);
    say(`${complaints.length === 0 ? 'ok     ' : 'BROKEN '} ${name}`);
    say(...complaints.slice(0, SHOWN).map((complaint) => `          ${complaint}`));
    if (complaints.length > SHOWN) say(`          and ${complaints.length - SHOWN} more`);
    all &&= complaints.length === 0;
  }
  return all;
};

const statuses = (runs) => {
  const counts = new Map();
  for (const { status } of runs.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
};

const list = (counts) => [...counts].map(([what, count]) => `${what} ${count}`).join(', ');

const say = (...lines) => lines.forEach((line) => process.stdout.write(`${line}\n`));

await main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
