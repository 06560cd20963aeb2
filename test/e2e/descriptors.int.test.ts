import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeAsRoot } from '../support/root.js';
import { childrenOf, descriptorsOf, processesNamed } from './support/processes.js';
import { startProgram } from './support/program.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, type Server, serverOf } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

const SECRET = 'only root reads this';
/** Of the server; what begins with 1 would also be told by one digit. */
const FD = 57;

/** A server whose starter has a file open that only root can read. */
const startWithOpenFile = async (settings: object): Promise<{ server: Server; file: string }> => {
  const file = `${await temporaryFolder()}/root-only`;
  await writeFile(file, SECRET, { mode: 0o600 });
  const command = `exec ${FD}<${file}; exec ${process.execPath} ${PROJECT}dist/main.js`;
  const env = { PATH: process.env.PATH, HOME: '/', PORT: '0', LOG_LEVEL: 'warn', ADMIN_PASS: PASSWORD };
  const given = { ...env, ...(await freshDataDir()), ...settings };
  return { server: await serverOf(startProgram('bash', ['-c', command], { env: given })), file };
};

const descendantsOf = (ancestor: number): number[] =>
  childrenOf(ancestor).flatMap((pid) => [pid, ...descendantsOf(pid)]);

const hasOpen = (pid: number, file: string): boolean => descriptorsOf(pid).includes(file);

const SCRIPTS = [
  ['bash', `cat <&${FD}; ls /proc/self/fd`, 'Bad file descriptor', '0\n1\n2\n3\n'],
  [
    'node',
    `try { console.log(fs.readFileSync(${FD}, 'utf8')) } catch ({ code }) { console.log(code) }
     console.log(child_process.execFileSync('ls', ['/proc/self/fd']).toString())`,
    'EBADF',
    '0\n1\n2\n3\n',
  ],
] as const;

describeAsRoot('What whoever started the server has open', () => {
  it.each([
    ['daemon', {}],
    ['nobody', {}],
    ['daemon', { SPAWNER: 'off' }],
  ])('reaches no script of RUN_AS=%s, nor any process of the server (%o)', async (RUN_AS, more) => {
    const { server, file } = await startWithOpenFile({ RUN_AS, ...more });
    expect(hasOpen(server.pid, file)).toBe(true);
    for (const [type, script, refusal, descriptors] of SCRIPTS) {
      for (const env of [[], [{ key: 'A', value: 'of a process of its own' }]]) {
        const draft = { name: `${type} ${env.length}`, type, script, env, defaultWorkingDirectory: '/' };
        const { outputTail } = await server.api.runToEnd(draft);
        expect(outputTail).toContain(refusal);
        expect(outputTail).toContain(descriptors);
        expect(outputTail).not.toContain(SECRET);
      }
    }
    const draft = { name: 'vm2', type: 'node', runner: 'vm2', script: `console.log('up'); for (;;);` };
    const runId = await server.api.run(draft);
    await server.api.printed(runId, 'up\n');
    await eventually(() => expect(descendantsOf(server.pid).length).toBeGreaterThan(1)); // spare sandboxes too
    const own = descendantsOf(server.pid);
    expect(processesNamed('sandbox-child.js').filter((pid) => own.includes(pid)).length).toBeGreaterThan(0);
    await eventually(() => expect(own.filter((pid) => hasOpen(pid, file))).toEqual([])); // a sandbox begins by closing it
    await server.api.cancel(runId);
    await server.stop();
  });
});

describeAsRoot('A program that becomes the user of RUN_AS', () => {
  it('has nothing that whoever started the server has open', async () => {
    const folder = await temporaryFolder();
    const path = (process.env.PATH ?? '').split(':');
    const real = path.map((entry) => `${entry}/setpriv`).find((file) => existsSync(file));
    const look = `readlink /proc/$$/fd/${FD} || echo nothing`;
    await writeFile(`${folder}/setpriv`, `#!/bin/bash\n(${look}) >>${folder}/seen\nexec ${real} "$@"\n`, {
      mode: 0o755,
    });
    const { server } = await startWithOpenFile({ RUN_AS: 'daemon', PATH: [folder, ...path].join(':') });
    await server.api.runToEnd({ name: 'One', script: 'true', defaultWorkingDirectory: '/' });
    const seen = (await readFile(`${folder}/seen`, 'utf8')).trim().split('\n');
    expect(seen.length).toBeGreaterThanOrEqual(2); // what looks at the start, and a script
    expect(new Set(seen)).toEqual(new Set(['nothing']));
    await server.stop();
  });
});

describeAsRoot('A vm2 sandbox', () => {
  it.each(['nobody', 'daemon'])('is of another user than host scripts that run as %s', async (RUN_AS) => {
    const { server } = await startWithOpenFile({ RUN_AS });
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const vm2 = { name: 'vm2', type: 'node', runner: 'vm2', script: `console.log('up'); for (;;);` };
    const runId = await server.api.run(vm2);
    await server.api.printed(runId, 'up\n');
    const own = descendantsOf(server.pid);
    const sandboxes = processesNamed('sandbox-child.js').filter((pid) => own.includes(pid));
    expect(sandboxes.length).toBeGreaterThan(0);
    const script = sandboxes
      .map((pid) => `head -c1 /proc/${pid}/environ; head -c1 /proc/${pid}/mem; kill -0 ${pid}; stat -c %u /proc/${pid}`)
      .join('\n');
    const { outputTail } = await server.api.runToEnd({ name: 'Looks', script, defaultWorkingDirectory: '/' });
    const lines = outputTail.trim().split('\n');
    const refused = lines.filter((line) => /Permission denied|Operation not permitted/.test(line));
    expect(refused).toHaveLength(3 * sandboxes.length);
    const users = lines.filter((line) => /^\d+$/.test(line));
    expect(new Set(users)).toEqual(new Set([RUN_AS === 'nobody' ? '65533' : '65534']));
    await server.api.cancel(runId);
    await server.stop();
  });
});
