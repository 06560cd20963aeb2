import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiClient, printedOn } from './support/api-client.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';

/** A little of everything, in seconds: `scripts/test-long.js` runs it on every supported version of Node. */
describe('A server', () => {
  let server: Server;
  let api: ApiClient;
  beforeAll(async () => {
    server = await startServer(await freshDataDir());
    api = server.api;
  }, 30_000);
  afterAll(cleanUp);

  const run = async (draft: object) => {
    const runId = await api.run({ name: 'Smoke', ...draft });
    const events = await api.events(runId);
    const { status, exitCode, meta } = await api.runOf(runId);
    return { status, exitCode, meta, stdout: printedOn('stdout', events), stderr: printedOn('stderr', events) };
  };

  it('runs bash scripts', async () => {
    const draft = { script: 'echo "$WORD"; echo err >&2; exit 3', env: [{ key: 'WORD', value: 'grüße' }] };
    expect(await run(draft)).toMatchObject({ status: 'failed', exitCode: 3, stdout: 'grüße\n', stderr: 'err\n' });
  });

  it.each([
    ['a script', 'console.log(process.version)'],
    ['one with await at the top', 'console.log(await process.version)'],
    ['a module', 'import { version } from "node:process"; console.log(version)'],
  ])('runs node scripts in its own version of Node: %s', async (_, script) => {
    const ended = await run({ type: 'node', script });
    expect(ended).toMatchObject({ status: 'succeeded', stdout: `${process.version}\n`, stderr: '' });
  });

  it('runs vm2 scripts', async () => {
    const ended = await run({ type: 'node', runner: 'vm2', script: 'console.log("hi"); return 6 * 7' });
    expect(ended).toMatchObject({ status: 'succeeded', stdout: 'hi\n', stderr: '', meta: { result: 42 } });
  });

  it.each([
    ['bash', 'host', 'echo up; sleep 300'],
    ['node', 'host', 'console.log("up"); setInterval(() => {}, 1000)'],
    ['node', 'vm2', 'console.log("up"); for (;;);'],
  ])('ends a %s script (%s) that is canceled', async (type, runner, script) => {
    const runId = await api.run({ name: 'Canceled', type, runner, script });
    await api.printed(runId, 'up\n');
    await api.cancel(runId);
    expect(await api.ended(runId)).toMatchObject({ status: 'canceled' });
  });

  it('stops in order', async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });
});
