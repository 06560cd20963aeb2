import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiClient, basic, printedOn, SCRIPTS } from './support/api-client.js';
import { cleanUp, freshDataDir, PASSWORD, startServer } from './support/server.js';
import type { ScriptJson } from './support/wire-types.js';

const BOM = '\uFEFF';
const dos = (text: string): string => text.replaceAll('\n', '\r\n');

const BASH = `#!/bin/bash
case "$1" in
  '') word=none ;;
esac
cat <<END
word \\
is $word
END
for i in 1 2; do
  echo "$i"
done
exit 3
`;
const BASH_OUTPUT = 'word is none\n1\n2\n';

const NODE = '#!/usr/bin/env node\nconst text = `a\nb`;\nconsole.log(JSON.stringify(text));\nprocess.exitCode = 3;\n';
const AWAITING = `#!/usr/bin/env node\nconsole.log(await 1);\nprocess.exitCode = 3;\n`;
const MODULE = `#!/usr/bin/env node\nimport { sep } from 'node:path';\nconsole.log(sep);\nprocess.exitCode = 3;\n`;
const VM2 = '#!/usr/bin/env node\nconsole.log(JSON.stringify(`a\nb`));\nthrow 1;\n';

describe('A body with the line ends and the byte order mark of Windows', () => {
  let api: ApiClient;
  beforeAll(async () => {
    api = (await startServer(await freshDataDir())).api;
  }, 30_000);
  afterAll(cleanUp);

  const kinds = [
    ['bash', 'host', BASH, 3, BASH_OUTPUT],
    ['node', 'host', NODE, 3, '"a\\nb"\n'],
    ['node', 'host', AWAITING, 3, '1\n'],
    ['node', 'host', MODULE, 3, '/\n'],
    ['node', 'vm2', VM2, 1, '"a\\nb"\n'],
  ] as const;
  const forms = [
    ['CRLF', dos],
    ['a byte order mark', (text: string) => BOM + text],
    ['both, and no line feed at the end', (text: string) => BOM + dos(text).slice(0, -1)],
  ] as const;
  const cases = kinds.flatMap(([type, runner, body, exitCode, output]) =>
    forms.map(([form, write]) => ({ type, runner, form, script: write(body), exitCode, output })),
  );

  it.each(cases)('runs as $type/$runner with $form, and is answered as sent', async (given) => {
    const { type, runner, script, exitCode, output } = given;
    const { id } = await api.createScript({ name: 'From Windows', type, runner, script });
    expect((await api.script(id)).script).toBe(script);
    const runId = await api.startRun(id);
    const events = await api.events(runId);
    expect(printedOn('stdout', events)).toBe(output);
    expect(await api.runOf(runId)).toMatchObject({ exitCode });
  });

  it('runs with variables of its own, in a shell that was not started ahead', async () => {
    const runId = await api.run({ script: BOM + dos(BASH), env: [{ key: 'A', value: '1' }] });
    expect(printedOn('stdout', await api.events(runId))).toBe(BASH_OUTPUT);
  });

  it('is sent in base64 as well', async () => {
    const script = BOM + dos(BASH);
    const lines = dos(Buffer.from(script).toString('base64').replace(/.{76}/g, '$&\n'));
    const created = await api.createScript({ name: 'Encoded', type: 'bash', scriptFormat: 'base64', script: lines });
    expect(created.script).toBe(script);
    expect(printedOn('stdout', await api.events(await api.startRun(created.id)))).toBe(BASH_OUTPUT);
  });

  it('reaches the page without them, where a browser script runs', async () => {
    const script = `${BOM}#!/usr/bin/env node\r\nreturn 1;\r\n`;
    const { id } = await api.createScript({ name: 'In the page', type: 'browser', script });
    const job = await api.send<{ script: string }>('POST', `${SCRIPTS}/${id}/browser-runs`, {});
    expect(job.body.script).toBe('#!/usr/bin/env node\nreturn 1;\n');
    expect((await api.script(id)).script).toBe(script);
  });

  it('is sent in JSON that begins with a byte order mark and has such line ends itself', async () => {
    const sent = BOM + dos(JSON.stringify({ name: 'From a file', type: 'bash', script: 'echo hi' }, null, 2));
    const { status, body } = await api.request<{ item: ScriptJson }>('POST', SCRIPTS, {
      body: sent,
      headers: { 'content-type': 'application/json', authorization: basic('admin', PASSWORD) },
    });
    expect(status).toBe(201);
    expect(body.item).toMatchObject({ name: 'From a file', script: 'echo hi' });
  });
});
