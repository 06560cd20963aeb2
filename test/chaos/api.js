import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const ANSWER_MS = 60_000;
export const SCRIPTS = '/api/admin/scripts';
export const RUNS = '/api/admin/scripts/runs';

/** A client of the API. No answer, whatever the cause, is status 0. */
export class Api {
  /** Requests that were answered, by status. */
  answers = new Map();
  /** What was asked where the answer was 500. */
  internalErrors = [];
  #origin;
  #headers;

  constructor(origin, credentials) {
    this.#origin = origin;
    this.#headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  get = (path) => this.send('GET', path);

  /** An answer that has to be 200. @throws when it is another */
  async ok(path) {
    const answer = await this.get(path);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  }

  /** @returns `{ status, body, text }`, the body parsed where it is JSON */
  async send(method, path, json, headers = {}) {
    const body = json === undefined ? null : JSON.stringify(json);
    const answer = await this.#answer(method, path, body, body === null ? headers : { ...JSON_BODY, ...headers });
    this.answers.set(answer.status, (this.answers.get(answer.status) ?? 0) + 1);
    if (answer.status === 500) this.internalErrors.push(`${method} ${path}: ${answer.text}`);
    return answer;
  }

  /** All items of a list. @throws when it cannot be read */
  async all(path) {
    const items = [];
    for (let cursor = ''; cursor !== undefined;) {
      const { body } = await this.ok(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      items.push(...body.items);
      cursor = body.nextCursor;
    }
    return items;
  }

  /** @returns the response, whose body is a stream. @throws when there is none */
  open(path, headers = {}) {
    return new Promise((resolve, reject) => {
      const options = { agent: false, headers: { ...this.#headers, ...headers } };
      const sent = request(this.#origin + path, options, resolve);
      sent.once('error', reject).end();
    });
  }

  async #answer(method, path, body, headers) {
    try {
      const response = await new Promise((resolve, reject) => {
        const options = { method, agent: false, headers: { ...this.#headers, ...headers } };
        const sent = request(this.#origin + path, { ...options, timeout: ANSWER_MS }, resolve);
        sent.once('error', reject);
        sent.once('timeout', () => sent.destroy(new Error('no answer')));
        sent.end(body ?? undefined);
      });
      const content = await text(response);
      const isJson = response.headers['content-type']?.startsWith('application/json');
      return { status: response.statusCode, text: content, body: isJson ? JSON.parse(content) : null };
    } catch (error) {
      return { status: 0, text: error.message, body: null };
    }
  }
}

const JSON_BODY = { 'content-type': 'application/json' };
