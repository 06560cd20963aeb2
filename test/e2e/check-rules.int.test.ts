import { appendFile, cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainEnvironment, runProgram } from './support/program.js';
import { cleanUp, PROJECT } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const NEEDED = [
  'src',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.core.json',
  '.dependency-cruiser.cjs',
];
const DEPENDENCIES = ['npm', 'run', '-s', 'check:dependencies'];
const CORE_TYPES = ['node', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.core.json'];

describe('npm run check', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const name of NEEDED) await cp(join(PROJECT, name), join(folder, name), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    // What lies behind the link shall count as below node_modules, as it does in the project.
    await appendFile(join(folder, '.dependency-cruiser.cjs'), '\nmodule.exports.options.preserveSymlinks = true;\n');
  });
  afterAll(cleanUp);

  const run = async ([command = '', ...args]: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(command, args, { cwd: folder, env: plainEnvironment() });
    return { code, said: stdout + stderr };
  };

  it('holds the parts that are tried below', async () => {
    const { scripts } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.check).toContain('npm run check:dependencies');
    expect(scripts.check).toContain('npm run check:types');
    expect(scripts['check:types']).toContain('tsc -p tsconfig.core.json');
  });

  it('passes as it is', async () => {
    expect(await run(DEPENDENCIES)).toMatchObject({ code: 0 });
    expect(await run(CORE_TYPES)).toEqual({ code: 0, said: '' });
  }, 60_000);

  it.each([
    [
      'Koa in the domain',
      'src/domain/errors.ts',
      `import Koa from 'koa';\nexport const planted = new Koa();`,
      DEPENDENCIES,
      'koa',
    ],
    [
      'a type of Koa in the domain',
      'src/domain/errors.ts',
      `import type Koa from 'koa';\nexport type Planted = Koa;`,
      DEPENDENCIES,
      'koa',
    ],
    [
      'a built-in in the application',
      'src/application/audit-trail.ts',
      `export { readFileSync } from 'node:fs';`,
      DEPENDENCIES,
      'fs',
    ],
    [
      'process.env in the application',
      'src/application/audit-trail.ts',
      'export const planted = process.env;',
      CORE_TYPES,
      `Cannot find name 'process'`,
    ],
    [
      'tsyringe in an adapter',
      'src/adapters/queue/memory/memory-run-queue.ts',
      `export { container } from 'tsyringe';`,
      DEPENDENCIES,
      'tsyringe',
    ],
    [
      'another adapter in an adapter',
      'src/adapters/queue/memory/memory-run-queue.ts',
      `export { systemClock } from '../../system/system-clock.js';`,
      DEPENDENCIES,
      'system-clock',
    ],
  ])(
    'fails for %s',
    async (_what, file, planted, part, named) => {
      const before = await readFile(join(folder, file), 'utf8');
      await appendFile(join(folder, file), `\n${planted}\n`);
      const { code, said } = await run(part);
      await writeFile(join(folder, file), before);
      expect(code).not.toBe(0);
      expect(said).toContain(file);
      expect(said).toContain(named);
    },
    60_000,
  );
});
