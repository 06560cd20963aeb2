import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiClient, printedOn, RUNS } from './support/api-client.js';
import { cleanUp, freshDataDir, startServer } from './support/server.js';
import type { ErrorJson, EventJson } from './support/wire-types.js';

const TOKEN = 'Zq7x"Kd4wRm-Vb5/Nn8Rt3é';
const TRANSPARENT = 'cat "$FILE"; cat "$FILE" >&2';

let api: ApiClient;
let folder: string;
beforeAll(async () => {
  const settings = await freshDataDir();
  folder = settings.DATA_DIR;
  api = (await startServer(settings)).api;
}, 60_000);
afterAll(cleanUp);

const secret = { key: 'TOKEN', value: TOKEN, secret: true };
const inFile = async (bytes: Uint8Array): Promise<{ key: string; value: string }> => {
  const file = join(folder, `printed-${randomBytes(4).toString('hex')}`);
  await writeFile(file, bytes);
  return { key: 'FILE', value: file };
};

/** What the events of a stream tell, byte by byte. */
const bytesIn = (events: readonly EventJson[], stream: string): Buffer =>
  Buffer.concat(
    events
      .filter((event) => event.stream === stream)
      .map(({ line = '', base64 }) => (base64 === undefined ? Buffer.from(line) : Buffer.from(base64, 'base64'))),
  );

describe('Output that is not UTF-8', () => {
  it.each([
    ['Latin-1', Buffer.from('Größe: 5 µm, café\n', 'latin1'), 'Gr\ufffd\ufffde: 5 \ufffdm, caf\ufffd\n'],
    ['GBK', Buffer.from('c4e3bac3a3accac0bde70a', 'hex'), null],
    ['a character that is not whole', Buffer.from('61e282', 'hex'), 'a\ufffd'],
  ])('is told as it was printed: %s', async (_, printed, text) => {
    const run = await api.runToEnd({ script: TRANSPARENT, env: [await inFile(printed)] });
    const events = await api.events(run.id);
    for (const stream of ['stdout', 'stderr'] as const) {
      expect(bytesIn(events, stream)).toEqual(printed);
      expect(printedOn(stream, events)).toBe(printed.toString());
      if (text !== null) expect(printedOn(stream, events)).toBe(text);
      expect(await api.bytes(run.id, stream)).toEqual(printed);
      expect(await api.log(run.id, `?stream=${stream}`)).toBe(printed.toString());
    }
    expect((await api.bytes(run.id)).length).toBe(2 * printed.length);
    expect(run.outputTail).toContain(printed.toString().split('\n')[0]);
    expect(run.meta.output).toMatchObject({ bytes: 2 * printed.length, droppedBytes: 0 });
    const stored = (await readFile(join(folder, 'logs', `${run.id}.ndjson`), 'utf8')).trimEnd().split('\n');
    expect(events.slice(0, stored.length).map((event) => JSON.stringify(event))).toEqual(stored);
  });

  it.each(['bash', 'node'])('has no byte changed of 64 KiB at random, from %s', async (type) => {
    const printed = randomBytes(64 * 1024);
    const script =
      type === 'bash'
        ? TRANSPARENT
        : 'const bytes = require("fs").readFileSync(process.env.FILE); process.stdout.write(bytes); process.stderr.write(bytes);';
    const run = await api.runToEnd({ type, script, env: [await inFile(printed), secret] });
    for (const stream of ['stdout', 'stderr'] as const) {
      expect((await api.bytes(run.id, stream)).equals(printed)).toBe(true);
      expect((await api.log(run.id, `?stream=${stream}`)) === printed.toString()).toBe(true);
    }
    expect(run.meta.output).toMatchObject({ bytes: 2 * printed.length, droppedBytes: 0 });
  });

  it('has no base64 where a character came in pieces', async () => {
    const script = String.raw`printf 'caf\303'; sleep 0.3; printf '\251 \342'; sleep 0.3; printf '\202'; sleep 0.3; printf '\254\n'`;
    const events = await api.events(await api.run({ script }));
    expect(printedOn('stdout', events)).toBe('café €\n');
    expect(events.some(({ base64 }) => base64 !== undefined)).toBe(false);
  });

  it('is answered as a file of bytes, and not with what Runlet said', async () => {
    const run = await api.runToEnd({ script: String.raw`printf '\377'; sleep 60 >/dev/null 2>&1 &` });
    const { status, headers } = await api.get(`${RUNS}/${run.id}/log?raw=1&download=1`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="a-script.*\.log"$/);
    expect(await api.bytes(run.id)).toEqual(Buffer.from([0xff]));
    const refused = await api.get<ErrorJson>(`${RUNS}/${run.id}/log?raw=1&system=1`);
    expect([refused.status, refused.body.issues?.[0]?.path]).toEqual([400, 'raw']);
    expect((await api.get(`${RUNS}/${run.id}/log?raw=0&system=1`)).status).toBe(200);
    await api.endLeftovers(run.id);
  });
});

/** Each prints the token and then a mark, so that the end is known. */
const LEAKS: readonly [string, string][] = [
  ['behind a byte that is not UTF-8', String.raw`printf '\377%s\377\n' "$TOKEN"`],
  ['in base64 behind one', String.raw`printf '\377'; printf %s "$TOKEN" | base64 -w 0`],
  ['in Latin-1', 'printf %s "$TOKEN" | iconv -t LATIN1'],
  ...(['LE', 'BE'] as const).flatMap((order): [string, string][] => [
    [`in UTF-16${order}`, `printf 'a %s b' "$TOKEN" | iconv -f UTF-8 -t UTF-16${order}`],
    [
      `in UTF-16${order}, in halves`,
      `cd "$(mktemp -d)"; printf 'a %s b' "$TOKEN" | iconv -f UTF-8 -t UTF-16${order} >f
       for half in 1 2; do head -c 23 f; sleep 0.3; tail -c +24 f; done; rm f`,
    ],
    [
      `in JSON in UTF-16${order}`,
      `node -p 'JSON.stringify({ token: process.env.TOKEN })' | iconv -f UTF-8 -t UTF-16${order}`,
    ],
  ]),
];

describe('A secret among bytes that are not UTF-8', () => {
  it.each(LEAKS)('leaks nowhere %s', async (_, script) => {
    const body = `export LC_ALL=C.UTF-8\n{ ${script}; }\n{ ${script}; } >&2\n`;
    const run = await api.runToEnd({ script: body, env: [secret] });
    expect(run.status).toBe('succeeded');
    const events = await api.events(run.id);
    const told = Buffer.concat([
      ...(await Promise.all([
        api.bytes(run.id),
        readFile(join(folder, 'logs', `${run.id}.ndjson`)),
        ...[
          'log',
          'log?system=1',
          'outline',
          'events?limit=200',
          `search?q=${encodeURIComponent(TOKEN.slice(0, 4))}`,
        ].map(async (path) => Buffer.from((await api.get(`${RUNS}/${run.id}/${path}`)).text)),
      ])),
      Buffer.from(JSON.stringify([run, events])),
      bytesIn(events, 'stdout'),
      bytesIn(events, 'stderr'),
    ]);
    const readable = told.toString('latin1').replace(/\0|\\u0000/g, '');
    // Four characters of the token, and of its base64.
    for (const form of [Buffer.from(TOKEN, 'latin1').toString('latin1'), Buffer.from(TOKEN).toString('base64')])
      for (let at = 0; at + 4 <= form.length - 4; at++) expect(readable).not.toContain(form.slice(at, at + 4));
    expect(readable).toContain('***');
    const { total } = (await api.get<{ total: number }>(`${RUNS}/${run.id}/search?q=Kd4w`)).body;
    expect(total).toBe(0);
  });
});
