import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS } from './api.js';

/** Follows a run as an EventSource does, and keeps everything it receives. */
export class Viewer {
  /** Events in order of arrival. */
  received = [];
  complaints = [];
  isDone = false;
  #api;
  #lastSeq = 0;

  constructor(api, runId) {
    this.#api = api;
    this.runId = runId;
  }

  /** Connects and leaves as planned, then stays. @param ended aborted when watching is over */
  async watch(visits, ended) {
    for (const { staysMs, isAwayMs } of visits) {
      await this.visit(AbortSignal.any([ended, AbortSignal.timeout(staysMs)]));
      await sleep(isAwayMs);
    }
    while (!this.isDone && !ended.aborted) {
      await this.visit(ended);
      await sleep(RETRY_MS);
    }
  }

  /** One connection, until it breaks, ends, or is left. */
  async visit(left) {
    if (this.isDone || left.aborted) return;
    const from = this.#lastSeq;
    try {
      const response = await this.#api.open(
        `${RUNS}/${this.runId}/stream`,
        from > 0 ? { 'last-event-id': String(from) } : {},
      );
      leaveOn(left, response);
      if (response.statusCode === 200) for await (const event of eventsOf(response)) this.#take(event);
      else {
        response.resume();
        if ([204, 400, 404].includes(response.statusCode))
          this.complaints.push(`after ${from}, without done, it is answered ${response.statusCode}`);
      }
    } catch {
      // the connection broke: the next visit goes on
    }
  }

  #take(event) {
    if (event.seq !== this.#lastSeq + 1) this.complaints.push(`after ${this.#lastSeq} it received ${event.seq}`);
    this.received.push(event);
    this.#lastSeq = event.seq;
    this.isDone ||= event.type === 'done';
  }
}

/** Follows all runs as the history page does. */
export class ListViewer {
  /** Ended runs as they were received, by id, from all connections. */
  ends = new Map();
  complaints = [];

  async watch(api, ended) {
    while (!ended.aborted) {
      const thisTime = new Set();
      try {
        const response = await api.open(`${RUNS}/stream`);
        leaveOn(ended, response);
        for await (const run of eventsOf(response)) {
          if (run.finishedAt === null) continue;
          if (thisTime.has(run.id)) this.complaints.push(`run ${run.id} ended twice in one connection`);
          thisTime.add(run.id);
          this.ends.set(run.id, [...(this.ends.get(run.id) ?? []), run]);
        }
      } catch {
        // the connection broke
      }
      await sleep(RETRY_MS);
    }
  }
}

const RETRY_MS = 250;

const leaveOn = (signal, response) => {
  const leave = () => response.destroy();
  if (signal.aborted) return leave();
  signal.addEventListener('abort', leave);
  response.once('close', () => signal.removeEventListener('abort', leave));
};

/** The parsed data of each complete frame of an event stream. */
async function* eventsOf(response) {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const [, id] = /^id: (\d+)$/m.exec(frame) ?? [];
      const [, data] = /^data: (.+)$/m.exec(frame) ?? [];
      if (data === undefined || data === '{}') continue;
      const event = JSON.parse(data);
      if (id !== undefined && Number(id) !== event.seq) throw new Error(`id ${id} of ${data}`);
      yield event;
    }
  }
}
