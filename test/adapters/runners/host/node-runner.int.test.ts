import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../support/eventually.js';
import {
  type HostForTests,
  EACH_STARTER,
  exited,
  processesWith,
  readProc,
  runToEnd,
  startRun,
} from './host-for-tests.js';

describe.each(EACH_STARTER)('the node runner, started by %s', (_starter, open) => {
  let host: HostForTests;
  let folder: string;
  beforeAll(() => {
    host = open({ baseEnvironment: { ...process.env, NODE_OPTIONS: '--throw-deprecation', NODE_NO_WARNINGS: '' } });
    folder = join(host.home, 'work');
    mkdirSync(join(folder, 'node_modules/greeter'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/greeter/package.json'), '{"exports":"./index.mjs"}');
    writeFileSync(join(folder, 'node_modules/greeter/index.mjs'), 'export const greeting = "hello";');
    writeFileSync(join(folder, 'counter.mjs'), 'export let count = 1; export const increase = () => { count++; };');
    writeFileSync(join(folder, 'data.json'), '{"answer":42}');
  });
  afterAll(() => host.close());
  const run = (script: string): ReturnType<typeof runToEnd> =>
    runToEnd(host.node, script, { workingDirectory: folder });

  describe('a script', () => {
    it('finds what `node -e` gives it', async () => {
      const { outcome, stdout, stderr } = await run(
        [
          'var lines = [typeof fs.readFileSync, typeof path.join, typeof require, module.id, __filename, __dirname];',
          'lines.push(process.argv.length, require.main === undefined, this === globalThis, require("./data.json").answer);',
          'console.log(lines.join(" "), globalThis.lines === lines);',
        ].join('\n'),
      );
      expect({ outcome, stdout, stderr }).toEqual({
        outcome: exited(0),
        stdout: 'function function function [eval] [eval] . 1 true true 42 true\n',
        stderr: '',
      });
    });

    it('imports packages and files of the working directory, without a warning', async () => {
      const { stdout, stderr } = await run(
        'import("greeter").then(({ greeting }) => import("./counter.mjs").then((m) => console.log(greeting, m.count)));',
      );
      expect({ stdout, stderr }).toEqual({ stdout: 'hello 1\n', stderr: '' });
    });

    it('exits as it says', async () => {
      expect((await run('process.exit(7)')).outcome).toEqual(exited(7));
      expect((await run('process.exitCode = 3')).outcome).toEqual(exited(3));
    });

    it('fails with the stack of what it did not catch, in its own lines', async () => {
      const { outcome, stderr } = await run('const a = 1;\n\n  throw new Error("boom");');
      expect(outcome).toEqual(exited(1));
      expect(stderr).toContain('[eval]:3\n  throw new Error("boom");\n');
      expect(stderr).toContain('Error: boom\n    at [eval]:3:9\n');
    });

    it('fails when it does not compile, naming the line', async () => {
      const { outcome, stderr } = await run('const a = 1;\nconst b = ;');
      expect(outcome).toEqual(exited(1));
      expect(stderr).toContain('[eval]:2\nconst b = ;\n');
    });

    it.each([
      ['without await', 'console.log(1);\nif (true) return 5;\nconsole.log(2);', 0, '1\n'],
      ['with await', 'console.log(await 1);\nif (true) return 5;\nconsole.log(2);', 0, '1\n'],
      ['after #!', '#!/usr/bin/env node\nprocess.exitCode = 4; return;', 4, ''],
      ['in a body that throws', 'if (false) return;\nthrow new Error("boom");', 1, ''],
    ])('may return at its top %s', async (_, body, exitCode, printed) => {
      const { outcome, stdout } = await run(body);
      expect([outcome, stdout]).toEqual([exited(exitCode), printed]);
    });

    it('says what does not compile besides a return', async () => {
      expect((await run('return 5;\nconst b = ;')).stderr).toContain('[eval]:2\nconst b = ;\n');
    });

    it('may begin with #!', async () => {
      expect((await run('#!/usr/bin/env node\nconsole.log(1)')).stdout).toBe('1\n');
      expect((await run('#!/usr/bin/env node\nconsole.log(await 2)')).stdout).toBe('2\n');
    });

    it('may have 300 KiB', async () => {
      const script = `${'// a comment that makes the script long\n'.repeat(8000)}console.log(new Error().stack.split("\\n")[1])`;
      expect(script.length).toBeGreaterThan(300 * 1024);
      expect((await run(script)).stdout).toBe('    at [eval]:8001:13\n');
    });

    it('has an empty stdin and opens its output by name', async () => {
      const { stdout, stderr } = await run(
        'fs.writeFileSync("/dev/stderr", "e"); console.log(fs.readFileSync(0).length)',
      );
      expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: 'e' });
    });

    it('sees its environment, less the server’s NODE_OPTIONS', async () => {
      const script =
        'console.log(JSON.stringify([process.env.A, process.env.NODE_OPTIONS, process.env.RUNLET_RUN_ID]))';
      const running = startRun(host.node, script, { env: [{ key: 'A', value: 'ü' }] });
      await running.outcome;
      expect(JSON.parse(running.stdout())).toEqual(['ü', null, running.runId]);
    });

    it('is not to be seen by other processes', async () => {
      const mark = `mark-${process.pid}-${performance.now()}`;
      const running = startRun(host.node, `console.log("up"); setInterval(() => "${mark}", 1000)`);
      await eventually(() => expect(running.stdout()).toBe('up\n'));
      expect(processesWith(mark)).toEqual([]);
      expect(readProc(`${running.identity().pid}/environ`)).not.toContain(mark);
      running.kill();
      await running.outcome;
    });
  });

  describe('a script with await at the top', () => {
    it('has require too', async () => {
      const script = [
        'const one = await Promise.resolve(1);',
        'const { answer } = require("./data.json");',
        'for await (const n of [answer]) console.log(one, n, __filename, (await import("greeter")).greeting);',
      ].join('\n');
      expect(await run(script)).toMatchObject({ outcome: exited(0), stdout: '1 42 [eval] hello\n', stderr: '' });
    });

    it('fails with 1 and its own lines when it throws or awaits what is rejected', async () => {
      const thrown = await run('await 1;\n  throw new Error("boom");');
      expect(thrown.outcome).toEqual(exited(1));
      expect(thrown.stderr).toContain('[eval]:2\n  throw new Error("boom");\n');
      expect(thrown.stderr).toContain('Error: boom\n    at [eval]:2:9\n');
      const rejected = await run('await Promise.reject(new TypeError("no"))');
      expect(rejected.outcome).toEqual(exited(1));
      expect(rejected.stderr).toContain('TypeError: no\n    at [eval]:1:22\n');
    });

    it('ends with 13 when it waits for nothing that can come', async () => {
      const { outcome, stderr } = await run('await new Promise(() => {})');
      expect(outcome).toEqual(exited(13));
      expect(stderr).toBe('Warning: Detected unsettled top-level await\n');
    });

    it.each([
      ['that exits', 'await 1; process.exit()', 0],
      ['that exits with a code', 'await 1; process.exit(7)', 7],
      ['that sets a code and then waits in vain', 'process.exitCode = 5; await new Promise(() => {})', 5],
      [
        'that goes on when all was done',
        'process.once("beforeExit", () => setTimeout(() => process.exit(), 10)); await new Promise(() => {})',
        0,
      ],
    ])('ends as it says: one %s', async (_, script, code) => {
      expect(await run(script)).toMatchObject({ outcome: exited(code), stderr: '' });
    });

    it('tells where it does not compile', async () => {
      const { outcome, stderr } = await run('const x = await 1;\nconsole.log(await x)\nconst y = ;\n');
      expect(outcome).toEqual(exited(1));
      expect(stderr).toMatch(/\[eval1\]:3\nconst y = ;/);
    });
  });

  describe('a module', () => {
    it('imports built-ins, packages, files and data of the working directory', async () => {
      const script = [
        'import { readFileSync } from "node:fs";',
        'import { greeting } from "greeter";',
        'import { count, increase } from "./counter.mjs";',
        'import data from "./data.json" with { type: "json" };',
        'increase();',
        'const again = await import("./counter.mjs");',
        'console.log(typeof readFileSync, greeting, count, again.count, data.answer, typeof require, import.meta.url);',
        'export {};',
      ].join('\n');
      const { outcome, stdout } = await run(script);
      expect(outcome).toEqual(exited(0));
      expect(stdout).toBe(`function hello 2 2 42 undefined file://${folder}/[eval1]\n`);
    });

    it.each([
      ['only exports', 'export const a = 1; console.log(a)', '1\n'],
      ['only uses import.meta', 'console.log(import.meta.url.slice(0, 8))', 'file:///\n'],
      ['awaits before it imports', 'console.log(await 1);\nimport fs from "fs"; console.log(typeof fs)', '1\nobject\n'],
    ])('is also one that %s', async (_, script, stdout) => {
      expect(await run(script)).toMatchObject({ outcome: exited(0), stdout, stderr: '' });
    });

    it('fails with its own lines', async () => {
      const thrown = await run('import fs from "fs";\n\nthrow new Error("boom")');
      expect(thrown.outcome).toEqual(exited(1));
      expect(thrown.stderr).toContain('[eval1]:3\nthrow new Error("boom")\n');
      const wrong = await run('import fs from "fs";\nconst b = ;');
      expect(wrong.stderr).toContain('[eval1]:2\nconst b = ;');
      const missing = await run('import "no-such-package"');
      expect(missing.outcome).toEqual(exited(1));
      expect(missing.stderr).toContain("Cannot find package 'no-such-package'");
    });

    it('ends with 13 when it waits for nothing that can come, and with 0 when it exits', async () => {
      expect((await run('import "fs"; await new Promise(() => {})')).outcome).toEqual(exited(13));
      expect((await run('import "fs"; await 1; process.exit()')).outcome).toEqual(exited(0));
    });
  });
});
