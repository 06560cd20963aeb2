import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS } from './api.js';
import { livingProcesses, readJournal } from './journal.js';

const LOOK_MS = 1000;
/** Within this a fault, and its end, has to be noticed. */
const NOTICE_MS = 12_000;

/** Checks every second, from outside, what must hold at every moment. */
export class Watch {
  /** Violations by invariant. */
  broken = { health: [], queue: [], processes: [], ends: [] };
  /** By run, the first record of its end. */
  ended = new Map();
  #world;
  #suspects = new Map();

  constructor(world) {
    this.#world = world;
  }

  async until(signal) {
    while (!signal.aborted) {
      await this.look();
      await sleep(LOOK_MS);
    }
  }

  async look() {
    await this.#lookAtHealth();
    await this.#lookAtRuns();
    this.#lookAtProcesses();
  }

  /** `/healthz` has to agree with what a request is answered, and with what is done to the store. */
  async #lookAtHealth() {
    const { api, weather, server } = this.#world;
    const calmBefore = weather.calmMs(server.readySince);
    const awayBefore = weather.awayMs();
    const before = await api.get('/healthz');
    const read = await api.get(`${RUNS}?limit=1`);
    const after = await api.get('/healthz');
    if ([before, read, after].some(({ status }) => status === 0)) return;
    const says = `/healthz says ${before.status} ${before.text}`;
    if (before.status === 200 && after.status === 200 && read.status >= 500 && read.body?.code !== 'server.stopping')
      this.broken.health.push(`${says} while reading is answered ${read.status} ${read.text}`);
    const isCalm = calmBefore > NOTICE_MS && weather.calmMs(server.readySince) > NOTICE_MS;
    if (isCalm && (before.status !== 200 || read.status !== 200))
      this.broken.health.push(
        `${says} and reading is answered ${read.status} though nothing has been wrong for ${calmBefore} ms`,
      );
    if (awayBefore > NOTICE_MS && weather.awayMs() > NOTICE_MS && before.status === 200)
      this.broken.health.push(`${says} though the store has been away for ${awayBefore} ms`);
  }

  async #lookAtRuns() {
    const { api, mostQueued } = this.#world;
    const queued = await api.get(`${RUNS}?status=queued&limit=200`);
    if (queued.status === 200 && queued.body.items.length > mostQueued)
      this.broken.queue.push(`${queued.body.items.length} runs wait, and ${mostQueued} may`);
    const latest = await api.get(`${RUNS}?limit=200`);
    if (latest.status === 200) for (const run of latest.body.items) this.#noteEnd(run);
  }

  #noteEnd(run) {
    const before = this.ended.get(run.id);
    if (!before && run.finishedAt !== null) this.ended.set(run.id, run);
    if (before && endOf(before) !== endOf(run))
      this.broken.ends.push(`run ${run.id}: ${endOf(before)}, then ${endOf(run)}`);
  }

  /** A process may take a moment to be gone: only one that is seen three times is a violation. */
  #lookAtProcesses() {
    const suspects = new Map();
    for (const [runId, pids] of livingProcesses(readJournal(this.#world.folders.journal))) {
      const leftovers = this.ended.get(runId)?.meta.leftovers.map(({ pid }) => pid);
      for (const pid of pids)
        if (leftovers && !leftovers.includes(pid))
          suspects.set(`${runId} ${pid}`, (this.#suspects.get(`${runId} ${pid}`) ?? 0) + 1);
    }
    for (const [suspect, looks] of suspects) {
      const [runId, pid] = suspect.split(' ');
      if (looks === 3)
        this.broken.processes.push(`process ${pid} of run ${runId}, which has ended: ${endOf(this.ended.get(runId))}`);
    }
    this.#suspects = suspects;
  }
}

export const endOf = ({ status, exitCode, finishedAt, meta }) => `${status} ${meta.reason} ${exitCode} ${finishedAt}`;
