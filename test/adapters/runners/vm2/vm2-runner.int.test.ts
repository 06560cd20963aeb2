import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { RunWatch } from '../../../../src/application/ports/script-runner.js';
import { eventually } from '../../../support/eventually.js';
import { exited, isAlive, KILLED, openVm2, runToEnd, startRun } from './vm2-for-tests.js';

describe('the vm2 runner', () => {
  const runner = openVm2();
  const run = (script: string, options = {}): ReturnType<typeof runToEnd> => runToEnd(runner, script, options);

  it('tells start, output and end, in this order', async () => {
    const { outcome, stdout, told } = await run('console.log("hi")');
    expect(outcome).toEqual(exited(0));
    expect(stdout).toBe('hi\n');
    expect(told).toEqual(['started', 'stdout']);
  });

  it('puts log, info and debug on one stream, warn and error on the other', async () => {
    const { stdout, stderr } = await run(
      `for (const kind of ['log', 'info', 'debug', 'warn', 'error']) console[kind](kind, '', { kind }); console.log()`,
    );
    expect(stdout).toBe("log  { kind: 'log' }\ninfo  { kind: 'info' }\ndebug  { kind: 'debug' }\n\n");
    expect(stderr).toBe("warn  { kind: 'warn' }\nerror  { kind: 'error' }\n");
  });

  it('keeps characters whole', async () => {
    const { stdout } = await run(`console.log('grüße 😀'.repeat(20_000))`);
    expect(stdout).toBe(`${'grüße 😀'.repeat(20_000)}\n`);
  });

  it.each([
    { end: 'its end', code: '', exitCode: 0, lastWords: '' },
    { end: 'a throw', code: 'throw "boom"', exitCode: 1, lastWords: 'Uncaught "boom"\n' },
    { end: 'a rejection', code: 'Promise.reject("boom"); undefined', exitCode: 1, lastWords: 'Uncaught "boom"\n' },
  ])(
    'has all in its log that was printed before $end, however slow the log is',
    async ({ code, exitCode, lastWords }) => {
      const pieces = { stdout: '', stderr: '' };
      const output: RunWatch['output'] = (stream, text) => {
        pieces[stream] += text;
        return new Promise((resolve) => setTimeout(resolve, 5));
      };
      const script = `const text = 'grüße 😀'.repeat(50_000); console.log(text); console.error(text); ${code}`;
      const outcome = await startRun(runner, script, { output }).outcome;
      const text = `${'grüße 😀'.repeat(50_000)}\n`;
      expect(outcome).toEqual(exited(exitCode));
      expect([pieces.stdout === text, pieces.stderr === text + lastWords]).toEqual([true, true]);
    },
  );

  it.each<[string, string, unknown]>([
    ['its last expression', 'const a = 2; a * 21', 42],
    ['what its promise resolves to', 'Promise.resolve({ a: [1, null] })', { a: [1, null] }],
    ['what it returns', 'if (true) return "early"; throw 1', 'early'],
    [
      'what it returns after awaiting',
      'const a = await 1; const b = await (async () => a + 1)(); return { a, b }',
      { a: 1, b: 2 },
    ],
    ['what toJSON makes of it', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['null', 'null', null],
    ['false', 'false', false],
    [
      'keys that mean something elsewhere',
      'JSON.parse(\'{"__proto__":1,"$where":2,"a.b":3}\')',
      JSON.parse('{"__proto__":1,"$where":2,"a.b":3}'),
    ],
  ])('has as result %s', async (_, script, result) => {
    const { outcome, notes } = await run(script);
    expect(outcome).toEqual(exited(0, { result }));
    expect(notes).toEqual([]);
  });

  it.each(['undefined', 'let a = 1', 'await 1', 'return'])('has no result for %j', async (script) => {
    const { outcome, notes } = await run(script);
    expect(outcome).toEqual(exited(0));
    expect(notes).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'a circle',
      'const a = {}; a.a = a; a',
      /^the result is not kept: TypeError: Converting circular structure to JSON$/,
    ],
    ['a BigInt', '[10n]', /BigInt/],
    ['a function', '() => 1', /a function is no JSON/],
    ['a toJSON that throws', '({ toJSON() { throw new Error("no") } })', /Error: no/],
    ['too much', '"x".repeat(65_535)', /it has 65537 bytes of JSON, and 65536 are the most/],
    ['too deep', 'let a = []; for (let i = 0; i < 20_000; i++) a = [a]; a', /nested deeper|call stack/],
  ])('notes that %s is not kept', async (_, script, note) => {
    const { outcome, notes } = await run(script);
    expect(outcome).toEqual(exited(0));
    expect(notes).toEqual([expect.stringMatching(note)]);
  });

  it('keeps the largest result', async () => {
    const { outcome } = await run('"x".repeat(65_534)');
    expect(outcome).toEqual(exited(0, { result: 'x'.repeat(65_534) }));
  });

  it.each<[string, string, string]>([
    [
      'thrown',
      '\nfunction f() {\n  throw new TypeError("bad");\n}\nf();',
      'Uncaught TypeError: bad\n    at f (script.js:3:9)\n    at script.js:5:1\n',
    ],
    [
      'thrown after an await',
      'await 1;\n\n  null.x;',
      "Uncaught TypeError: Cannot read properties of null (reading 'x')\n    at script.js:3:8\n",
    ],
    [
      'thrown on the first line of a function',
      'if (await 1) null.x',
      "Uncaught TypeError: Cannot read properties of null (reading 'x')\n    at script.js:1:19\n",
    ],
    ['a rejection', '\nPromise.reject(new Error("bad"))', 'Uncaught Error: bad\n    at script.js:2:16\n'],
    ['no error', 'throw { code: 7 }', 'Uncaught { code: 7 }\n'],
    ['a string', 'throw "bad"', 'Uncaught "bad"\n'],
    ['nothing', 'throw undefined', 'Uncaught undefined\n'],
    ['syntax', '// one\n// two\nlet a = ;', "script.js:3\nlet a = ;\n        ^\n\nSyntaxError: Unexpected token ';'\n"],
  ])('fails on what is %s', async (_, script, stderr) => {
    const failed = await run(script);
    expect(failed.outcome).toEqual(exited(1));
    expect(failed.stderr).toBe(stderr);
  });

  it('fails on a rejection that nobody handles, whatever it ends with', async () => {
    const { outcome, stderr } = await run('async function f() {\n  throw new Error("lost");\n}\nf();\n"result"');
    expect(outcome).toEqual(exited(1));
    expect(stderr).toBe('Uncaught Error: lost\n    at f (script.js:2:9)\n    at script.js:4:1\n');
  });

  it('ends like Node when its promise can never be settled', async () => {
    const { outcome, stdout, stderr } = await run('console.log("waiting"); await new Promise(() => {})');
    expect(outcome).toEqual(exited(13));
    expect(stdout).toBe('waiting\n');
    expect(stderr).toMatch(/never settled/);
  });

  it('finishes what was begun when its value is already there', async () => {
    const { outcome, stdout } = await run(
      '(async () => { for (let i = 0; i < 9; i++) await 0; console.log("later") })(); 1',
    );
    expect(outcome).toEqual(exited(0, { result: 1 }));
    expect(stdout).toBe('later\n');
  });

  it('offers the environment of the script, frozen, and none of the server', async () => {
    const env = [
      { key: 'TOKEN', value: 'grüße\n"x"' },
      { key: '__proto__', value: 'p' },
      { key: 'toString', value: 't' },
    ];
    const { outcome } = await run('env.TOKEN = 1; env.more = 1; JSON.stringify(env)', { env });
    expect(outcome).toEqual(exited(0, { result: '{"TOKEN":"grüße\\n\\"x\\"","__proto__":"p","toString":"t"}' }));
  });

  it('lets a script use the names of what it is offered', async () => {
    const { outcome } = await run('const env = 1; let console = 2; env + console');
    expect(outcome).toEqual(exited(0, { result: 3 }));
  });

  it.each([
    'require("fs")',
    'process.exit(0)',
    'Buffer.from("x")',
    'setTimeout(() => {}, 1)',
    'await import("fs")',
    'new WebAssembly.Memory({ initial: 1 })',
  ])('says what a vm2 script has not: %s', async (script) => {
    const { outcome, stderr } = await run(`\n${script}`);
    expect(outcome).toEqual(exited(1));
    expect(stderr).toMatch(
      /^Uncaught (ReferenceError: \w+ is not defined|VMError: Dynamic Import not supported)\n {4}at script\.js:2:/,
    );
    expect(stderr).toMatch(/has no modules, no timers and nothing of Node/);
  });

  it.each(['eval("1")', 'new Function("return 1")()', '(async () => {}).constructor("return 1")()'])(
    'makes no code of strings: %s',
    async (script) => {
      const { outcome, stderr } = await run(script);
      expect(outcome).toEqual(exited(1));
      expect(stderr).toMatch(/Code generation from strings disallowed/);
    },
  );

  it('runs a body of the largest size', async () => {
    const comment = `// ${'x'.repeat(1024 * 1024 - 100)}\n`;
    const { outcome } = await run(`${comment}await 1; return 'end'`);
    expect(outcome).toEqual(exited(0, { result: 'end' }));
  });

  it('tells which process it is: the leader of a group of its own, with an empty environment', async () => {
    const { outcome, identity, printed, kill } = startRun(runner, 'console.log(1); for (;;);');
    await eventually(() => expect(printed.stdout).toBe('1\n'));
    const { pid, startTime, bootId, cookie, cgroup } = identity();
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    expect({ group: fields[2], session: fields[3], startTime: fields[19] }).toEqual({
      group: `${pid}`,
      session: `${pid}`,
      startTime,
    });
    expect(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()).toBe(bootId);
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toBe('');
    expect({ cookie, cgroup }).toEqual({ cookie: expect.stringMatching(/^[0-9a-f]{32}$/), cgroup: null });
    kill();
    expect(await outcome).toEqual(KILLED);
  });

  it('hands over no output while it is told to wait', async () => {
    let open = (): void => undefined;
    let pieces = 0;
    let text = '';
    const { outcome, identity } = startRun(
      runner,
      'for (let i = 0; i < 2000; i++) console.log(String(i).padEnd(999))',
      {
        output: (_, piece) => {
          pieces++;
          text += piece;
          return pieces === 1 ? new Promise((resolve) => (open = resolve)) : undefined;
        },
      },
    );
    await eventually(() => expect(pieces).toBe(1));
    const isBlocked = (): void => expect(readFileSync(`/proc/${identity().pid}/stat`, 'latin1')).toMatch(/\) S /);
    await eventually(isBlocked);
    expect(pieces).toBe(1);
    open();
    expect(await outcome).toEqual(exited(0));
    expect(text).toHaveLength(2_000_000);
  });

  it('ends the script and rejects when its output cannot be handed over', async () => {
    const { outcome, identity } = startRun(runner, 'for (;;) console.log(1)', {
      output: () => Promise.reject(new Error('no room')),
    });
    await expect(outcome).rejects.toThrow('no room');
    expect(isAlive(identity().pid)).toBe(false);
  });
});
