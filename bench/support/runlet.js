import { randomBytes } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { json } from 'node:stream/consumers';
import { readEvents } from './event-stream.js';
import { startServer } from './processes.js';

export const RUNLET = 'dist/main.js';

/** Settings of a server that nobody else knows the password of. Everything else stays at its default. */
export const runletSettings = (workspace) => ({
  ADMIN_PASS: randomBytes(12).toString('hex'),
  DATA_DIR: workspace.newFolder('data'),
});

/** A running Runlet and what a client of its API does. */
export const startRunlet = async (workspace, settings = {}) => {
  const all = { ...runletSettings(workspace), ...settings };
  const server = await startServer(workspace, RUNLET, all);
  return { ...server, client: clientOf(workspace, server, `admin:${all.ADMIN_PASS}`) };
};

export const clientOf = (workspace, { origin }, credentials) => {
  const client = new Client(origin, credentials);
  workspace.onClose(() => client.close());
  return client;
};

class Client {
  #origin;
  #headers;
  #agent = new Agent({ keepAlive: true });

  constructor(origin, credentials) {
    this.#origin = origin;
    this.#headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  /** @returns the id of a new script, a bash script unless `details` say otherwise */
  async createScript(name, script, details = { type: 'bash' }) {
    const { item } = await this.#json('POST', '/api/admin/scripts', { name, script, ...details });
    return item.id;
  }

  summaries() {
    return this.#json('GET', '/api/admin/scripts?view=summary');
  }

  /** @param query as a URL has it */
  runs(query) {
    return this.#json('GET', `/api/admin/scripts/runs${query}`);
  }

  getRun(runId) {
    return this.#json('GET', `/api/admin/scripts/runs/${runId}`);
  }

  /** Starts a run and follows it until it has succeeded. */
  async runToEnd(scriptId) {
    let status;
    await readEvents(await this.openRun(await this.run(scriptId)), (type, event) => {
      if (type === 'done') status = event.status;
    });
    if (status !== 'succeeded') throw new Error(`a run ended as ${status}`);
  }

  /** What another process needs to follow a run. */
  streamOf(runId) {
    return { url: `${this.#origin}/api/admin/scripts/runs/${runId}/stream`, headers: this.#headers };
  }

  /** @returns the id of a new run */
  async run(scriptId) {
    return (await this.#json('POST', `/api/admin/scripts/${scriptId}/run`)).runId;
  }

  /** @returns the answer, whose body is an event stream */
  openRun(runId) {
    return this.#request('GET', `/api/admin/scripts/runs/${runId}/stream`);
  }

  openRuns() {
    return this.#request('GET', '/api/admin/scripts/runs/stream');
  }

  close() {
    this.#agent.destroy();
  }

  async #json(method, path, body) {
    return json(await this.#request(method, path, body));
  }

  #request(method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' };
      const request = send(this.#origin + path, { method, headers, agent: this.#agent }, (response) => {
        if (response.statusCode < 300) resolve(response);
        else
          json(response).then(
            ({ error }) => reject(new Error(`${method} ${path}: ${response.statusCode} ${error}`)),
            reject,
          );
      });
      request.once('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
