import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS } from './api.js';
import { readEvidence } from './evidence.js';
import { findLeaks } from './leaks.js';
import { Operators } from './operators.js';
import { ListViewer } from './viewers.js';
import { Watch } from './watch.js';

/** Within this after the last fault every run has to end. */
const SETTLE_MS = 30_000;
/** After that every viewer has to receive the end. */
const DONE_MS = 15_000;
const LOOK_MS = 250;
/** Characters; shorter texts are not looked for in files. */
const SHORTEST = 8;
/** With more open requests than this the machine does not keep up, and a step is left out. */
const MOST_OPEN = 200;

/** Carries out a plan. @returns the evidence, with `counts` of what was done and left out */
export const carryOut = async (plan, world) => {
  const { server, weather, api, folders, store } = world;
  const [working, watching] = [new AbortController(), new AbortController()];
  const secrets = secretEntries();
  const signals = { working: working.signal, watching: watching.signal };
  setMaxListeners(0, ...Object.values(signals)); // every open request listens
  const operators = new Operators({ api, folder: folders.journal, secrets, ...signals });
  await server.untilReady();
  await operators.prepare();
  const watch = new Watch(world);
  const listViewer = new ListViewer();
  const onlookers = [watch.until(watching.signal), listViewer.watch(api, watching.signal)];

  const { faults, operations, counts } = await perform(plan, weather, operators);
  await Promise.all(faults);
  working.abort();
  const unsettled = await settle(api);
  await Promise.all(operations);
  await untilDone(operators.viewers);
  await watch.look();
  watching.abort();
  await Promise.all(onlookers);
  const evidence = await readEvidence({ ...world, operators, watch, listViewer });
  await server.close();
  const leaks = findLeaks([folders.data, world.logFile, ...store.files], secretTexts(world, secrets));
  return { ...evidence, counts, unsettled, leaks, damage: await store.inspect() };
};

/** Resolves when the last step has started. */
const perform = async (plan, weather, operators) => {
  const start = performance.now();
  const done = { faults: [], operations: [], counts: new Map() };
  const count = (what) => done.counts.set(what, (done.counts.get(what) ?? 0) + 1);
  let open = 0;
  for (const step of plan) {
    await sleep(Math.max(0, start + step.at - performance.now()));
    if (step.isFault) {
      if (weather.canMake(step)) done.faults.push(weather.make(step));
      count(weather.canMake(step) ? step.what : `${step.what} (cannot be made here)`);
    } else if (open >= MOST_OPEN) count('left out, since the machine did not keep up');
    else {
      count(step.what);
      open++;
      done.operations.push(operators[step.what](step).finally(() => open--));
    }
  }
  return done;
};

/** Waits until no run is queued or running. @returns those that still are when the time is over */
const settle = async (api) => {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const lists = await Promise.all(
      ['queued', 'running'].map((status) => api.get(`${RUNS}?status=${status}&limit=200`)),
    );
    const isKnown = lists.every(({ status }) => status === 200);
    const active = isKnown ? lists.flatMap(({ body }) => body.items) : [];
    if (isKnown && active.length === 0) return [];
    if (performance.now() > end) {
      const health = await api.get('/healthz');
      const says = `while /healthz says ${health.status} ${health.text}`;
      return isKnown ? active.map(({ id, status }) => `run ${id} is ${status} ${says}`) : [`nothing is known ${says}`];
    }
    await sleep(LOOK_MS);
  }
};

const untilDone = async (viewers) => {
  const end = performance.now() + DONE_MS;
  while (viewers.some(({ isDone }) => !isDone) && performance.now() < end) await sleep(LOOK_MS);
};

/** The `env` of scripts that print it. */
const secretEntries = () => {
  const random = () => randomBytes(9).toString('base64url');
  const token = `tok-${random()}'s "${random()}" $5 \\ <&> ${random()}`;
  const document = JSON.stringify({ user: 'admin', password: `pw-${random()} & "${random()}"` }, null, 2);
  return Object.entries({ TOKEN: token, DOCUMENT: document }).map(([key, value]) => ({ key, value, secret: true }));
};

/** Each secret as it is, in base64, and in all the forms in which scripts recorded it. */
const secretTexts = ({ folders, password }, secrets) => {
  const printed = readdirSync(folders.journal)
    .filter((name) => name.endsWith('.printed'))
    .flatMap((name) => readFileSync(join(folders.journal, name), 'utf8').split('\n'));
  const values = secrets.map(({ value }) => value);
  return [password, ...values, ...values.map((value) => Buffer.from(value).toString('base64')), ...printed].filter(
    (text) => text.length >= SHORTEST,
  );
};
