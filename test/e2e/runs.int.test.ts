import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type ApiClient, printedOn, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { processesNamed, processesOfRun } from './support/processes.js';
import { type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { ErrorJson, EventJson, RunJson } from './support/wire-types.js';

const MAX_CONCURRENT_RUNS = 2;

/** Every setting but the store's that takes any value, and what npm adds. */
const serverEnvironment = {
  MAX_CONCURRENT_RUNS: String(MAX_CONCURRENT_RUNS),
  KILL_GRACE_MS: '1000',
  SHUTDOWN_GRACE_MS: '5000',
  ADMIN_USER: 'admin',
  OUTPUT_TAIL_BYTES: '65536',
  npm_config_registry: 'http://registry.invalid/',
  npm_lifecycle_event: 'start',
  INIT_CWD: '/',
  NODE_OPTIONS: '--no-deprecation',
  OF_THE_OPERATOR: 'seen',
};

const statuses = (events: readonly EventJson[]) =>
  events.flatMap(({ type, status }) => (type === 'status' ? [status] : []));

await describeOnEachStore('Runs over HTTP', (store) => {
  let server: Server;
  let api: ApiClient;
  let folder: string;

  beforeAll(async () => {
    server = await startServer({ ...(await store.fresh()), ...serverEnvironment });
    api = server.api;
    folder = await temporaryFolder();
  }, 30_000);

  /** A file that a script waits for. */
  const makeGate = async () => {
    const file = join(await mkdtemp(join(folder, 'gate-')), 'open');
    return { file, open: () => writeFile(file, '') };
  };

  describe('are watched live', () => {
    it.each([
      ['bash', (gate: string) => `echo one\nuntil [ -e ${gate} ]; do sleep 0.02; done\necho two; echo oops >&2`],
      [
        'node',
        (gate: string) => `
          console.log('one');
          while (!fs.existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
          console.log('two');
          console.error('oops');`,
      ],
    ])('%s: output arrives while the script runs, and done has its end', async (type, script) => {
      const gate = await makeGate();
      const runId = await api.run({ type, script: script(gate.file) });
      const events: EventJson[] = [];
      for await (const event of api.follow(runId)) {
        events.push(event);
        if (event.line !== 'one\n') continue;
        expect(await api.runOf(runId)).toMatchObject({ status: 'running', exitCode: null, finishedAt: null });
        await gate.open();
      }
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(statuses(events)).toEqual(['queued', 'running', 'succeeded']);
      expect([printedOn('stdout', events), printedOn('stderr', events)]).toEqual(['one\ntwo\n', 'oops\n']);
      const end = { status: 'succeeded', exitCode: 0, signal: null, reason: null };
      expect(events.slice(-2)).toMatchObject([
        { type: 'status', ...end },
        { type: 'done', ...end },
      ]);
    });

    it('vm2: output arrives while the script runs, and its value is the result', async () => {
      const script = `
        console.log('one');
        for (const end = Date.now() + 1000; Date.now() < end; );
        console.error('oops');
        ({ sum: 1 + 1 })`;
      const runId = await api.run({ type: 'node', runner: 'vm2', script });
      const events: EventJson[] = [];
      for await (const event of api.follow(runId)) {
        events.push(event);
        if (event.line === 'one\n') expect(await api.runOf(runId)).toMatchObject({ status: 'running' });
      }
      expect([printedOn('stdout', events), printedOn('stderr', events)]).toEqual(['one\n', 'oops\n']);
      expect(events.at(-1)).toMatchObject({ type: 'done', status: 'succeeded', exitCode: 0 });
      expect(await api.runOf(runId)).toMatchObject({ status: 'succeeded', meta: { result: { sum: 2 } } });
    });
  });

  describe('end as their script ended', () => {
    it.each([
      ['bash', 'host', 'echo out; echo err >&2; exit 7', 7],
      ['node', 'host', 'console.log("out"); process.exitCode = 7', 7],
      ['node', 'host', 'throw new Error("broken on purpose")', 1],
      ['node', 'vm2', 'throw new Error("broken on purpose")', 1],
      ['node', 'vm2', 'require("fs")', 1],
    ])('%s/%s %j: failed, exit code %#', async (type, runner, script, exitCode) => {
      const run = await api.runToEnd({ type, runner, script });
      expect(run).toMatchObject({ status: 'failed', exitCode, meta: { reason: 'exit-code', signal: null } });
      expect((await api.events(run.id)).at(-1)).toMatchObject({ type: 'done', status: 'failed', exitCode });
      if (script.includes('on purpose')) expect(await api.log(run.id, '?stream=stderr')).toContain('broken on purpose');
    });

    it('killed by a signal: failed, no exit code, the signal is named', async () => {
      const run = await api.runToEnd({ script: 'echo before; kill -9 $$' });
      expect(run).toMatchObject({
        status: 'failed',
        exitCode: null,
        outputTail: 'before\n',
        meta: { signal: 'SIGKILL', reason: 'signal' },
      });
    });

    it('after the time limit: timed out, and nothing of it is alive', async () => {
      const nap = `sleep 6${process.pid}.25`;
      const runId = await api.run({ script: `${nap} & (setsid ${nap}) & ${nap}`, timeoutMs: 1000 });
      await eventually(() => expect(processesNamed(nap)).toHaveLength(3));
      const run = await api.ended(runId);
      expect(run).toMatchObject({ status: 'timed_out', meta: { reason: 'timeout', timeoutMs: 1000 } });
      expect(run.meta.durationMs).toBeGreaterThanOrEqual(1000);
      expect(processesNamed(nap)).toEqual([]);
      expect(processesOfRun(runId)).toEqual([]);
    });

    it.each([
      ['node', 'host', 'await new Promise(() => setInterval(() => {}, 1000))'],
      ['node', 'host', 'for (;;);'],
      ['node', 'vm2', 'for (;;);'],
    ])('after the time limit, %s/%s %j', async (type, runner, script) => {
      const run = await api.runToEnd({ type, runner, script, timeoutMs: 500 });
      expect(run).toMatchObject({ status: 'timed_out', meta: { reason: 'timeout' } });
      expect(processesOfRun(run.id)).toEqual([]);
    });

    it('in a folder that is missing: failed before it starts, and the folder is named', async () => {
      const missing = join(folder, 'no such folder');
      const run = await api.runToEnd({ script: 'echo never', defaultWorkingDirectory: missing });
      expect(run).toMatchObject({ status: 'failed', exitCode: null, outputTail: '', meta: { reason: 'cwd-missing' } });
      expect(run.meta.message).toContain(missing);
    });
  });

  describe('are canceled', () => {
    it('while they run, within 6 s, with all that they started', async () => {
      const nap = `sleep 7${process.pid}.25`;
      const runId = await api.run({ script: `trap '' TERM; ${nap} & ${nap}; ${nap}` });
      await eventually(() => expect(processesNamed(nap)).toHaveLength(2));
      const asked = Date.now();
      expect(await api.cancel(runId)).toMatchObject({ status: 202 });
      const run = await api.ended(runId);
      expect(Date.now() - asked).toBeLessThan(6000);
      expect(run).toMatchObject({
        status: 'canceled',
        meta: { reason: 'canceled', cancel: { by: { name: 'admin' } } },
      });
      expect(processesNamed(nap)).toEqual([]);
      const events = await api.events(runId);
      expect(events.flatMap(({ phase }) => phase ?? [])).toEqual(['terminating', 'killing']);
      expect(events.at(-1)).toMatchObject({ type: 'done', status: 'canceled', reason: 'canceled' });
    });

    it('at once when they are canceled twice', async () => {
      const patient = await startServer({ ...(await store.fresh()), KILL_GRACE_MS: '60000' });
      const runId = await patient.api.run({ script: `trap '' TERM; echo ready; while :; do sleep 0.1; done` });
      await patient.api.printed(runId, 'ready');
      expect((await patient.api.cancel(runId)).status).toBe(202);
      expect((await patient.api.runOf(runId)).status).toBe('running');
      expect((await patient.api.cancel(runId)).status).toBe(202);
      expect(await patient.api.ended(runId, 6000)).toMatchObject({ status: 'canceled', meta: { signal: 'SIGKILL' } });
      await patient.stop();
    }, 30_000);

    it('even if the script then ends with success', async () => {
      const nap = `sleep 8${process.pid}.25`;
      const runId = await api.run({ script: `trap 'echo bye; exit 0' TERM; ${nap} 2>/dev/null` });
      await eventually(() => expect(processesNamed(nap)).toHaveLength(1));
      await api.cancel(runId);
      const run = await api.ended(runId);
      expect(run).toMatchObject({ status: 'canceled', exitCode: 0, meta: { reason: 'canceled', signal: null } });
      expect(await api.log(runId, '?stream=stdout')).toBe('bye\n');
    });

    it('while they wait: at once, and the script never starts', async () => {
      const gate = await makeGate();
      const mark = join(folder, 'never-started');
      const occupied = [];
      for (let i = 0; i < MAX_CONCURRENT_RUNS; i++) {
        occupied.push(await api.run({ script: `until [ -e ${gate.file} ]; do sleep 0.02; done` }));
      }
      const waiting = await api.run({ script: `touch ${mark}` });
      const behind = await api.run({ script: 'echo behind' });
      expect(await api.cancel(waiting)).toMatchObject({ body: { item: { status: 'canceled', startedAt: null } } });
      expect((await api.runOf(behind)).status).toBe('queued');
      await gate.open();
      for (const runId of [...occupied, behind]) expect(await api.ended(runId)).toMatchObject({ status: 'succeeded' });
      await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(statuses(await api.events(waiting))).toEqual(['queued', 'canceled']);
      expect((await api.cancel(waiting)).status).toBe(200);
    });

    it('not when they have ended otherwise: the answer has the run', async () => {
      const { id } = await api.runToEnd({ script: 'true' });
      expect(await api.cancel<ErrorJson>(id)).toMatchObject({
        status: 409,
        body: { code: 'run.ended', item: { id, status: 'succeeded' } },
      });
    });
  });

  it('run no more than two at once, first in, first out, and all of them', async () => {
    const journal = join(folder, 'journal');
    await appendFile(journal, '');
    const { id } = await api.createScript({ script: `echo + >> ${journal}; sleep 0.1; echo - >> ${journal}` });
    const runIds: string[] = [];
    for (let i = 0; i < 10; i++) runIds.push(await api.startRun(id));
    const ended: RunJson[] = [];
    for (const runId of runIds) ended.push(await api.ended(runId));
    expect(ended.map(({ status }) => status)).toEqual(Array(10).fill('succeeded'));
    const starts = ended.map(({ startedAt }) => startedAt);
    expect(starts).toEqual([...starts].sort());
    let running = 0;
    const counts = (await readFile(journal, 'utf8'))
      .trim()
      .split('\n')
      .map((sign) => (running += sign === '+' ? 1 : -1));
    expect(counts).toHaveLength(20);
    expect(Math.max(...counts)).toBe(MAX_CONCURRENT_RUNS);
    expect(running).toBe(0);
  });

  it('are listed a page at a time, newest first, with the end of their output unless it is not wanted', async () => {
    const { id } = await api.createScript({ script: 'echo listed' });
    const started: string[] = [];
    for (let i = 0; i < 5; i++) started.push(await api.startRun(id));
    for (const runId of started) await api.ended(runId);
    const listed: RunJson[] = [];
    let cursor = '';
    do {
      const page = await api.runs(`?scriptId=${id}&limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items);
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');
    expect(listed.map((run) => run.id)).toEqual([...started].reverse());
    expect(listed.map(({ outputTail }) => outputTail)).toEqual(started.map(() => 'listed\n'));
    const { items } = await api.runs(`?scriptId=${id}&view=summary`);
    expect(items.map((run) => run.id)).toEqual(listed.map((run) => run.id));
    for (const run of items) expect(run).not.toHaveProperty('outputTail');
    expect((await api.runs(`?scriptId=${id}&status=failed`)).items).toEqual([]);
    expect((await api.runs(`?scriptId=${id}&status=succeeded&trigger=api&limit=200`)).items).toHaveLength(5);
  });

  it('execute the revision they were started with', async () => {
    const gate = await makeGate();
    const blocks = { script: `until [ -e ${gate.file} ]; do sleep 0.02; done` };
    for (let i = 0; i < MAX_CONCURRENT_RUNS; i++) await api.run(blocks);
    const { id } = await api.createScript({ script: 'echo as it was' });
    const runId = await api.startRun(id);
    await api.editScript(id, { script: 'echo edited' });
    await gate.open();
    expect(await api.ended(runId)).toMatchObject({ outputTail: 'as it was\n', meta: { script: { revision: 1 } } });
    expect(await api.ended(await api.startRun(id))).toMatchObject({
      outputTail: 'edited\n',
      meta: { script: { revision: 2 } },
    });
  });

  it('that wait end when their script is disabled', async () => {
    const gate = await makeGate();
    for (let i = 0; i < MAX_CONCURRENT_RUNS; i++)
      await api.run({ script: `until [ -e ${gate.file} ]; do sleep 0.02; done` });
    const { id } = await api.createScript({ script: 'echo never' });
    const runId = await api.startRun(id);
    await api.editScript(id, { enabled: false });
    expect(await api.ended(runId)).toMatchObject({
      status: 'canceled',
      startedAt: null,
      meta: { reason: 'script-disabled' },
    });
    await gate.open();
  });

  describe('give scripts', () => {
    const filler = (comment: string) => `${comment} ${'x'.repeat(117)}\n`.repeat((300 * 1024) / 120);

    it.each([
      ['bash', `${filler('#')}echo end of 300 KiB`],
      ['node', `${filler('//')}console.log('end of 300 KiB')`],
    ])('of 300 KiB room: %s', async (type, script) => {
      expect(Buffer.byteLength(script)).toBeGreaterThanOrEqual(300 * 1024);
      expect(await api.runToEnd({ type, script })).toMatchObject({
        status: 'succeeded',
        outputTail: 'end of 300 KiB\n',
      });
    });

    it('a /dev/stderr and a /dev/stdout that can be written to', async () => {
      const run = await api.runToEnd({ script: 'echo x >/dev/stderr; echo y >/dev/stdout' });
      expect(run).toMatchObject({ status: 'succeeded', exitCode: 0 });
      expect([await api.log(run.id, '?stream=stderr'), await api.log(run.id, '?stream=stdout')]).toEqual([
        'x\n',
        'y\n',
      ]);
    });

    it.each([
      ['bash', (mark: string, gate: string) => `# ${mark}\necho ready; until [ -e ${gate} ]; do sleep 0.02; done`],
      [
        'node',
        (mark: string, gate: string) =>
          `// ${mark}\nconsole.log('ready'); while (!fs.existsSync('${gate}')) await new Promise((r) => setTimeout(r, 20))`,
      ],
    ])('no line of ps: %s', async (type, script) => {
      const gate = await makeGate();
      const mark = `text-of-${type}-${process.pid}`;
      const runId = await api.run({ type, script: script(mark, gate.file) });
      await api.printed(runId, 'ready');
      await eventually(() => expect(processesOfRun(runId)).not.toEqual([]));
      expect(processesNamed(mark)).toEqual([]);
      await gate.open();
      expect(await api.ended(runId)).toMatchObject({ status: 'succeeded' });
    });

    it.each([
      ['bash', 'env -0'],
      ['node', 'process.stdout.write(Object.entries(process.env).map((entry) => entry.join("=") + "\\0").join(""))'],
    ])('none of the settings of the server, and nothing of npm: %s', async (type, script) => {
      const env = [{ key: 'GREETING', value: 'good\nday = ✓' }];
      const run = await api.runToEnd({ type, script, env });
      const entries = (await api.log(run.id)).split('\0').filter((entry) => entry !== '');
      const found = Object.fromEntries(
        entries.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]),
      );
      expect(found).toMatchObject({ GREETING: 'good\nday = ✓', RUNLET_RUN_ID: run.id, OF_THE_OPERATOR: 'seen' });
      const settings = [
        'DATA_DIR',
        'MONGODB_URI',
        'ADMIN_PASS',
        'PORT',
        'LOG_LEVEL',
        ...Object.keys(serverEnvironment),
      ];
      const notForScripts = settings.filter((name) => name !== 'OF_THE_OPERATOR');
      expect(Object.keys(found).filter((name) => notForScripts.includes(name) || name.startsWith('npm_'))).toEqual([]);
    });

    it('nothing in a vm2 sandbox', async () => {
      const script = '[typeof process, typeof require, typeof setTimeout, typeof fetch]';
      const run = await api.runToEnd({ type: 'node', runner: 'vm2', script });
      expect(run.meta.result).toEqual(Array(4).fill('undefined'));
    });

    it.each([
      ['built-ins without require', `console.log(fs.existsSync('/'), path.sep, os.EOL === '\\n')`, 'true / true\n'],
      [
        'require and await together',
        `const { sep } = require('node:path'); console.log(await Promise.resolve(sep))`,
        '/\n',
      ],
      [
        'import',
        `import { sep } from 'node:path'; console.log(await Promise.resolve(sep), typeof require)`,
        '/ undefined\n',
      ],
      ['a folder', `console.log(process.cwd())`, '/usr\n'],
    ])('of node %s', async (_what, script, output) => {
      const run = await api.runToEnd({ type: 'node', script, defaultWorkingDirectory: '/usr' });
      expect(run).toMatchObject({ status: 'succeeded', outputTail: output });
    });
  });

  describe('are refused, and the trail tells', () => {
    it.each([
      [{ script: 'true', enabled: false }, 'script.disabled'],
      [{ type: 'browser', script: 'alert(1)' }, 'script.not-server-side'],
    ])('of a script that is %j', async (draft, code) => {
      const { id, name } = await api.createScript(draft);
      const answer = await api.send<ErrorJson>('POST', `${SCRIPTS}/${id}/run`);
      expect(answer).toMatchObject({ status: 409, body: { code, error: expect.stringContaining(name) } });
      expect((await api.runs(`?scriptId=${id}`)).items).toEqual([]);
      expect(await api.audit(`?entityId=${id}&action=scripts.run`)).toMatchObject([
        { outcome: 'denied', code, actor: { type: 'admin', name: 'admin' }, entity: { id, name }, runId: null },
      ]);
    });

    it('of a script that is not there', async () => {
      const id = '0123456789abcdef01234567';
      expect(await api.send('POST', `${SCRIPTS}/${id}/run`)).toMatchObject({
        status: 404,
        body: { code: 'script.not-found' },
      });
      expect(await api.audit(`?entityId=${id}`)).toMatchObject([
        { action: 'scripts.run', outcome: 'failure', code: 'script.not-found' },
      ]);
    });
  });

  it('leave a trail of every action, without values', async () => {
    const secret = 'hunter2-of-the-trail';
    const { id } = await api.createScript({ name: 'Audited', script: `echo ${secret}` });
    await api.editScript(id, { script: 'sleep 60', env: [{ key: 'KEY', value: secret }] });
    await api.send('PUT', `${SCRIPTS}/${id}`, { timeoutMs: 1 });
    const runId = await api.startRun(id);
    await api.inStatus(runId, 'running');
    await api.cancel(runId);
    await api.ended(runId);
    await api.send('DELETE', `${SCRIPTS}/${id}`);
    const trail = await api.audit(`?entityId=${id}`);
    expect(
      trail.map(({ action, outcome, changes, runId: of, code }) => ({ action, outcome, changes, of, code })).reverse(),
    ).toEqual([
      { action: 'scripts.create', outcome: 'success', changes: ['name', 'type', 'script'], of: null, code: null },
      { action: 'scripts.update', outcome: 'success', changes: ['script', 'env'], of: null, code: null },
      { action: 'scripts.update', outcome: 'failure', changes: ['timeoutMs'], of: null, code: 'script.invalid' },
      { action: 'scripts.run', outcome: 'success', changes: [], of: runId, code: null },
      { action: 'scripts.cancel', outcome: 'success', changes: [], of: runId, code: null },
      { action: 'scripts.delete', outcome: 'success', changes: [], of: null, code: null },
    ]);
    for (const item of trail) {
      expect(item).toMatchObject({
        actor: { type: 'admin', name: 'admin' },
        address: '127.0.0.1',
        entity: { type: 'script', id, name: 'Audited' },
      });
    }
    expect(JSON.stringify(trail)).not.toContain(secret);
    expect(server.stderr() + server.stdout()).not.toContain(secret);
  });

  it('keep who started them and with what', async () => {
    const { id } = await api.createScript({ name: 'Kept', script: 'echo one; echo two >&2', timeoutMs: 5000 });
    const { body } = await api.send<{ runId: string }>(
      'POST',
      `${SCRIPTS}/${id}/run`,
      { trigger: 'manual' },
      { 'user-agent': 'a test' },
    );
    const run = await api.ended(body.runId);
    expect(run).toMatchObject({
      _id: run.id,
      scriptId: id,
      trigger: 'manual',
      status: 'succeeded',
      exitCode: 0,
      meta: {
        actor: { type: 'admin', name: 'admin' },
        address: '127.0.0.1',
        userAgent: 'a test',
        script: { name: 'Kept', codeIdentifier: 'kept', type: 'bash', runner: 'host', revision: 1 },
        timeoutMs: 5000,
        output: { bytes: 8, lines: 2, droppedBytes: 0 },
        cancel: null,
        leftovers: [],
      },
    });
    for (const secret of ['claim', 'owner', 'token', 'cookie', 'pid'])
      expect(JSON.stringify(run)).not.toContain(`"${secret}"`);
    expect((await api.get(`${RUNS}/${run.id}`)).headers.get('cache-control')).toContain('no-store');
  });
});
