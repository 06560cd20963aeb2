import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { eventually } from '../../support/eventually.js';
import { type Frame, readFrames } from './server-sent-events.js';
import type { AuditJson, EventJson, Listed, RunJson, ScriptJson } from './wire-types.js';

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; the text itself where it is none. */
  readonly body: Body;
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly frames: AsyncGenerator<Frame>;
  /** Drops the connection. */
  readonly leave: () => void;
}

/** Speaks to one server, as one user. Paths are below `/api/admin`, unless they begin with it or are the server's own. */
export class ApiClient {
  readonly url: string;
  readonly #authorization: string | null;

  constructor(url: string, credentials: { user: string; password: string } | null) {
    this.url = url;
    this.#authorization = credentials && basic(credentials.user, credentials.password);
  }

  as(credentials: { user: string; password: string } | null): ApiClient {
    return new ApiClient(this.url, credentials);
  }

  /** Sends `body` as it is; `send` is the one that makes JSON of it. */
  async request<Body>(
    method: string,
    path: string,
    { body, headers = {} }: { body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(this.#authorization !== null && { authorization: this.#authorization }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  }

  send<Body>(
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    return json === undefined
      ? this.request(method, path, { headers })
      : this.request(method, path, {
          body: JSON.stringify(json),
          headers: { 'content-type': 'application/json', ...headers },
        });
  }

  get<Body>(path: string): Promise<Answer<Body>> {
    return this.send('GET', path);
  }

  /** What a request that has to succeed answers. */
  async #ok<Body>(method: string, path: string, json?: unknown): Promise<Body> {
    const { status, body, text } = await this.send<Body>(method, path, json);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return body;
  }

  async createScript(draft: object): Promise<ScriptJson> {
    return (await this.#ok<{ item: ScriptJson }>('POST', SCRIPTS, { name: 'A script', type: 'bash', ...draft })).item;
  }

  async editScript(id: string, changes: object): Promise<ScriptJson> {
    return (await this.#ok<{ item: ScriptJson }>('PUT', `${SCRIPTS}/${id}`, changes)).item;
  }

  async script(id: string): Promise<ScriptJson> {
    return (await this.#ok<{ item: ScriptJson }>('GET', `${SCRIPTS}/${id}`)).item;
  }

  async scripts(): Promise<readonly ScriptJson[]> {
    return (await this.#ok<Listed<ScriptJson>>('GET', SCRIPTS)).items;
  }

  async startRun(scriptId: string): Promise<string> {
    return (await this.#ok<{ runId: string }>('POST', `${SCRIPTS}/${scriptId}/run`)).runId;
  }

  /** Creates a script and starts it. */
  async run(draft: object): Promise<string> {
    return this.startRun((await this.createScript(draft)).id);
  }

  /** Creates a script, runs it and answers the run when it has ended. */
  async runToEnd(draft: object): Promise<RunJson> {
    return this.ended(await this.run(draft));
  }

  async runOf(runId: string): Promise<RunJson> {
    return (await this.#ok<{ item: RunJson }>('GET', `${RUNS}/${runId}`)).item;
  }

  /** The run once it is in that status. */
  inStatus(runId: string, status: string, timeoutMs = 15_000): Promise<RunJson> {
    return this.#runWhen(runId, (run) => run.status === status, timeoutMs);
  }

  /** The run once it has ended. */
  ended(runId: string, timeoutMs = 20_000): Promise<RunJson> {
    return this.#runWhen(runId, ({ finishedAt }) => finishedAt !== null, timeoutMs);
  }

  #runWhen(runId: string, is: (run: RunJson) => boolean, timeoutMs: number): Promise<RunJson> {
    return eventually(
      async () => {
        const run = await this.runOf(runId);
        if (!is(run)) throw new Error(`the run is ${run.status}: ${JSON.stringify(run.meta)}`);
        return run;
      },
      { timeoutMs },
    );
  }

  runs(query = ''): Promise<Listed<RunJson>> {
    return this.#ok('GET', `${RUNS}${query}`);
  }

  cancel<Body>(runId: string): Promise<Answer<Body>> {
    return this.send('POST', `${RUNS}/${runId}/cancel`);
  }

  endLeftovers<Body = { item: RunJson }>(runId: string): Promise<Answer<Body>> {
    return this.send('POST', `${RUNS}/${runId}/leftovers/end`);
  }

  async log(runId: string, query = ''): Promise<string> {
    return (await this.get<string>(`${RUNS}/${runId}/log${query}`)).text;
  }

  /** What the run has printed, byte by byte. @param stream of both without it */
  async bytes(runId: string, stream?: 'stdout' | 'stderr'): Promise<Buffer> {
    const query = `raw=1${stream ? `&stream=${stream}` : ''}`;
    const headers = { ...(this.#authorization !== null && { authorization: this.#authorization }) };
    const response = await fetch(`${this.url}${RUNS}/${runId}/log?${query}`, { headers });
    if (!response.ok) throw new Error(`the bytes of ${runId}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** A page of a run's events. @param query `since=0&limit=10` */
  eventsPage(runId: string, query: string): Promise<Listed<EventJson>> {
    return this.#ok('GET', `${RUNS}/${runId}/events?${query}`);
  }

  async audit(query = ''): Promise<readonly AuditJson[]> {
    return (await this.#ok<Listed<AuditJson>>('GET', `/api/admin/audit${query}`)).items;
  }

  async openStream(path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    // Not by fetch: it was seen to connect again, and to keep that connection, when one was cut.
    const sent = request(this.url + path, {
      agent: false,
      headers: { ...(this.#authorization !== null && { authorization: this.#authorization }), ...headers },
    }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => undefined); // that the connection is cut is what `leave` is for
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      frames: readFrames(response),
      leave: () => void response.destroy(),
    };
  }

  /** Follows a run from `after` on; ends with the stream. */
  async *follow(runId: string, after = 0): AsyncGenerator<EventJson> {
    const stream = await this.openStream(
      `${RUNS}/${runId}/stream`,
      after > 0 ? { 'last-event-id': String(after) } : {},
    );
    try {
      for await (const frame of stream.frames) if (frame.data !== null && frame.event !== 'ping') yield eventOf(frame);
    } finally {
      stream.leave();
    }
  }

  /** All events of a run, when it has ended. */
  async events(runId: string): Promise<EventJson[]> {
    const events: EventJson[] = [];
    for await (const event of this.follow(runId)) events.push(event);
    return events;
  }

  /** Resolves when the run has printed `text`. */
  async printed(runId: string, text: string): Promise<void> {
    let output = '';
    for await (const { line = '' } of this.follow(runId)) if ((output += line).includes(text)) return;
    throw new Error(`the run ended and printed only ${JSON.stringify(output)}`);
  }
}

export const SCRIPTS = '/api/admin/scripts';
export const RUNS = '/api/admin/scripts/runs';

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** What a stream printed: its pieces, joined. */
export const printedOn = (stream: string, events: readonly EventJson[]): string =>
  events.map((event) => (event.stream === stream ? event.line : '')).join('');

const eventOf = ({ id, event, data }: Frame): EventJson => {
  const parsed = JSON.parse(data ?? '') as EventJson;
  if (String(parsed.seq) !== id || parsed.type !== event) throw new Error(`id ${id}, event ${event} of ${data}`);
  return parsed;
};
