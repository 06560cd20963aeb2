import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { plainEnvironment, runProgram } from './support/program.js';
import { cleanUp, freshDataDir, PROJECT, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

describe.each(['dist/main.js', 'scripts/start.js'])('%s', (file) => {
  const run = async (args: readonly string[], nodeArgs: readonly string[] = []) => {
    const cwd = await temporaryFolder();
    const ended = await runProgram(process.execPath, [...nodeArgs, join(PROJECT, file), ...args], {
      cwd,
      env: { PATH: process.env.PATH },
    });
    expect(await readdir(cwd)).toEqual([]); // no DATA_DIR was made
    return ended;
  };

  it.each([['--help'], ['-h']])('says how it is used, and serves nothing: %s', async (arg) => {
    const { code, stdout, stderr } = await run([arg]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^usage: runlet .*\n/);
  });

  it('says its version', async () => {
    const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([[['--port', '80']], [['serve']], [['--help', 'serve']], [['']]])('refuses %j', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^runlet does not know .*; runlet --help says what it does\n$/);
  });

  it.each(['18.20.8', '20.18.3'])('says in one line that Node %s is too old', async (version) => {
    const preload = join(await temporaryFolder(), 'older.cjs');
    await writeFile(preload, `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
    expect(await run([], ['--require', preload])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `Runlet needs Node 20.19 or newer; this is Node ${version}.\n`,
    });
  });
});

describe('npm start without development packages', () => {
  it('says how to build', async () => {
    const project = await temporaryFolder();
    await mkdir(join(project, 'src'));
    await cp(join(PROJECT, 'scripts'), join(project, 'scripts'), { recursive: true });
    await cp(join(PROJECT, 'package.json'), join(project, 'package.json'));
    const { code, stderr } = await runProgram('npm', ['start'], { cwd: project, env: plainEnvironment() });
    expect(code).toBe(1);
    expect(stderr).toContain('Build first: npm ci && npm run build && npm ci --omit=dev && npm start');
    expect(stderr).not.toMatch(/^\s+at /m);
  }, 30_000);
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

(hasIpv6 ? describe : describe.skip)('HOST with the brackets of a URL', () => {
  it('is the address in them', async () => {
    const server = await startServer({ ...(await freshDataDir()), HOST: '[::1]' });
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await server.api.get('/healthz')).status).toBe(200);
    expect((await server.stop()).code).toBe(0);
  }, 30_000);
});
