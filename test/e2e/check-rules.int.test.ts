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

  it('fails for every import that points the wrong way', async () => {
    const planted = [
      ['src/domain/errors.ts', `import Koa from 'koa';\nexport const planted = new Koa();`, 'koa'],
      ['src/domain/limits.ts', `import type Koa from 'koa';\nexport type Planted = Koa;`, 'koa'],
      ['src/application/audit-trail.ts', `export { readFileSync } from 'node:fs';`, 'fs'],
      ['src/adapters/queue/memory/memory-run-queue.ts', `export { container } from 'tsyringe';`, 'tsyringe'],
      ['src/adapters/system/object-ids.ts', `export * from '../queue/memory/memory-run-queue.js';`, 'memory-run-queue'],
    ] as const;
    const restore = [];
    for (const [file, text] of planted) restore.push(await plant(file, text));
    const { code, said } = await run(DEPENDENCIES);
    for (const undo of restore) await undo();
    expect(code).not.toBe(0);
    const errors = said.split('\n').filter((line) => line.includes('error not-in-allowed'));
    for (const [file, , module] of planted) {
      expect(errors.filter((line) => line.includes(file) && line.includes(module))).toHaveLength(1);
    }
    expect(errors).toHaveLength(planted.length);
  }, 60_000);

  it('fails for process.env in the application', async () => {
    const undo = await plant('src/application/audit-trail.ts', 'export const planted = process.env;');
    const { code, said } = await run(CORE_TYPES);
    await undo();
    expect(code).not.toBe(0);
    expect(said).toMatch(/src\/application\/audit-trail\.ts.*Cannot find name 'process'/);
  }, 60_000);

  /** Adds lines to a file of the copy; answers what takes them out again. */
  const plant = async (file: string, text: string): Promise<() => Promise<void>> => {
    const path = join(folder, file);
    const before = await readFile(path, 'utf8');
    await appendFile(path, `\n${text}\n`);
    return () => writeFile(path, before);
  };
});
