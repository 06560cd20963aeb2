import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS, SCRIPTS } from './api.js';
import { draftOf, editionOf, KINDS } from './kinds.js';
import { Viewer } from './viewers.js';

/** More than may run and wait. */
const BURST = 60;
const KEY_RETRY_MS = 500;

/** What admins do, and what they were answered. */
export class Operators {
  /** Every start that was sent: `{ scriptId, kind, key, status, code, runId }`. */
  starts = [];
  viewers = [];
  /** By run, the answer to its cancel; at most one cancel is sent for each. */
  cancels = new Map();
  /** Scripts whose creation was answered: `{ kind, revision, isDeleted, mayBeDeleted }`, the last revision answered. */
  scripts = new Map();
  #api;
  #folder;
  #secrets;
  #byKind = {};
  #disposable = [];
  #working;
  #watching;

  /** @param working, watching signals that end repeated requests and viewers */
  constructor({ api, folder, secrets, working, watching }) {
    this.#api = api;
    this.#folder = folder;
    this.#secrets = secrets;
    this.#working = working;
    this.#watching = watching;
  }

  /** Makes the scripts that are run. */
  async prepare() {
    for (const kind of Object.keys(KINDS))
      this.#byKind[kind] = await this.#create(kind, draftOf(kind, this.#folder, this.#secrets));
  }

  start = ({ kind }) => this.#start(this.#byKind[kind], kind);

  burst = async () =>
    void (await Promise.all(Array.from({ length: BURST }, () => this.#start(this.#byKind.quick, 'quick'))));

  follow = async ({ kind, visits }) => {
    const { runId } = await this.#start(this.#byKind[kind], kind);
    if (runId === null) return;
    const viewer = new Viewer(this.#api, runId);
    this.viewers.push(viewer);
    void viewer.watch(visits, this.#watching);
  };

  /** One of the last runs, if nobody has canceled it yet. */
  cancel = async ({ back }) => {
    const runId = this.starts.filter((start) => start.runId !== null).at(-1 - back)?.runId;
    if (runId === undefined || this.cancels.has(runId)) return;
    this.cancels.set(runId, null);
    const { status } = await this.#api.send('POST', `${RUNS}/${runId}/cancel`);
    this.cancels.set(runId, status);
  };

  /** Twice at once, then until it is accepted, then once more, for a script of its own: each run of that counts. */
  keyed = async ({ number }) => {
    const scriptId = await this.#create('quick', { ...draftOf('quick', this.#folder), name: `Keyed ${number}` });
    if (scriptId === null) return;
    const key = randomUUID();
    const ask = () => this.#start(scriptId, 'quick', key);
    let [{ status }] = await Promise.all([ask(), ask()]);
    while (status !== 202 && !this.#working.aborted) {
      await sleep(KEY_RETRY_MS);
      ({ status } = await ask());
    }
    if (!this.#working.aborted) await ask();
  };

  create = async ({ number }) => {
    const draft = { ...draftOf('secret', this.#folder, this.#secrets), name: `Disposable ${number}` };
    const id = await this.#create('secret', draft);
    if (id === null) return;
    this.#disposable.push(id);
    await this.#start(id, 'secret');
  };

  edit = async ({ number }) => {
    const id = this.#byKind.edited;
    const { status, body } = await this.#api.send('PUT', `${SCRIPTS}/${id}`, editionOf(number, this.#folder));
    const script = this.scripts.get(id);
    if (status === 200) script.revision = Math.max(script.revision, body.item.revision);
  };

  delete = async () => {
    const id = this.#disposable.shift();
    if (id === undefined) return;
    const script = this.scripts.get(id);
    script.mayBeDeleted = true;
    const { status } = await this.#api.send('DELETE', `${SCRIPTS}/${id}`);
    if (status === 200) script.isDeleted = true;
    else this.#disposable.push(id); // in use, or unknown
  };

  /** @returns its id, null when its creation was not answered */
  async #create(kind, draft) {
    const { status, body } = await this.#api.send('POST', SCRIPTS, draft);
    if (status !== 201) return null;
    this.scripts.set(body.item.id, { kind, revision: 1, isDeleted: false, mayBeDeleted: false });
    return body.item.id;
  }

  async #start(scriptId, kind, key) {
    const start = { scriptId, kind, key: key ?? null, status: null, code: null, runId: null };
    this.starts.push(start);
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const { status, body } = await this.#api.send('POST', `${SCRIPTS}/${scriptId}/run`, undefined, headers);
    return Object.assign(start, { status, code: body?.code ?? null, runId: status === 202 ? body.runId : null });
  }
}
