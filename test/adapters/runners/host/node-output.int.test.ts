import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostForTests, type RunOptions, endedBy, exited, openHost, runToEnd } from './host-for-tests.js';

/** More than a pipe holds, in characters of several bytes. */
const TEXT = 'grüße 😀\n'.repeat(30_000);
const SET_TEXT = `const text = 'grüße 😀\\n'.repeat(30_000);`;
const PRINT = `${SET_TEXT} process.stdout.write(text); process.stderr.write(text);`;
const LAST_WORDS = /Error: boom\n(.*\n)*.*Node\.js v.*\n$/;

describe('what a node script has printed', () => {
  let host: HostForTests;
  beforeAll(() => {
    host = openHost();
    const child = "console.log('up'); console.error('up'); process.send('up'); setInterval(() => {}, 1000);";
    writeFileSync(join(host.home, 'child.cjs'), child);
  });
  afterAll(() => host.close());
  const run = (script: string, options?: RunOptions): ReturnType<typeof runToEnd> =>
    runToEnd(host.node, script, options);

  const forms = [
    { form: 'a script', start: '' },
    { form: 'a script with await at the top', start: 'await 1;\n' },
    { form: 'a module', start: "import 'node:fs';\n" },
  ];
  const ends = [
    { end: 'process.exit()', code: 'process.exit(1)', lastWords: /^$/ },
    { end: 'a throw', code: "throw new Error('boom')", lastWords: LAST_WORDS },
    { end: 'a throw in a timer', code: "setTimeout(() => { throw new Error('boom') }, 1)", lastWords: LAST_WORDS },
    { end: 'a rejection', code: "Promise.reject(new Error('boom'))", lastWords: LAST_WORDS },
  ];
  it.each(forms.flatMap((form) => ends.map((end) => ({ ...form, ...end }))))(
    'arrives whole: $form, before $end',
    async ({ start, code, lastWords }) => {
      const { outcome, stdout, stderr } = await run(`${start}${PRINT}${code}`);
      expect(outcome).toEqual(exited(1));
      expect(stdout === TEXT).toBe(true);
      expect(stderr.startsWith(TEXT)).toBe(true);
      expect(stderr.slice(TEXT.length)).toMatch(lastWords);
    },
  );

  it.each(['SIGKILL', 'SIGTERM'])('arrives whole before %s', async (signal) => {
    const { outcome, stdout, stderr } = await run(`${PRINT} process.kill(process.pid, '${signal}'); for (;;);`);
    expect(outcome).toEqual(endedBy(signal));
    expect([stdout === TEXT, stderr === TEXT]).toEqual([true, true]);
  });

  it('arrives whole when it is printed at the very end', async () => {
    const { stdout, stderr } = await run(`process.on('exit', () => { ${PRINT} })`);
    expect([stdout === TEXT, stderr === TEXT]).toEqual([true, true]);
  });

  it('arrives whole when the log is slow to take it', async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    const { stdout, stderr } = await run(`${PRINT} process.exit()`, { output: slow });
    expect([stdout === TEXT, stderr === TEXT]).toEqual([true, true]);
  });

  it('arrives whole from a worker thread', async () => {
    const worker = `${SET_TEXT} process.stdout.write(text); process.exit()`;
    const { stdout } = await run(
      `new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true }).on('exit', () => process.exit())`,
    );
    expect(stdout === TEXT).toBe(true);
  });

  it('arrives whole beside a Node process that shares the pipes and does not block in them', async () => {
    const child = `const child = await new Promise((resolve) => {
      const child = require('node:child_process').fork('./child.cjs');
      child.once('message', () => resolve(child));
    });`;
    const { stdout, stderr } = await run(`${child} ${PRINT} child.kill(); throw new Error('boom');`);
    expect([stdout === `up\n${TEXT}`, stderr.startsWith(`up\n${TEXT}`)]).toEqual([true, true]);
    expect(stderr.slice(TEXT.length)).toMatch(LAST_WORDS);
  });

  it('goes with fs.writeSync, which finds a pipe with room', async () => {
    const { outcome, stdout, stderr } = await run(`console.log('a'); console.error('b'); ${SET_TEXT}
      for (const fd of [1, 2]) {
        const bytes = Buffer.from(text);
        for (let written = 0; written < bytes.length; ) written += fs.writeSync(fd, bytes, written);
      }`);
    expect(outcome).toEqual(exited(0));
    expect([stdout === `a\n${TEXT}`, stderr === `b\n${TEXT}`]).toEqual([true, true]);
  });

  it('is written through the streams that Node has for it', async () => {
    const { stdout, stderr } = await run(`${SET_TEXT}
      const { Readable } = require('node:stream');
      const { pipeline } = require('node:stream/promises');
      await pipeline(Readable.from([text, Buffer.from(text)]), process.stdout, { end: false });
      process.stdout.cork();
      process.stdout.write('e282ac', 'hex');
      process.stdout.write('4pi6', 'base64');
      process.stdout.uncork();
      await new Promise((resolve) => process.stdout.write('', resolve));
      console.error(process.stdout.bytesWritten, process.stdout.writableLength, process.stdout.fd);`);
    expect(stdout === `${TEXT}${TEXT}€☺`).toBe(true);
    expect(stderr).toBe(`${2 * Buffer.byteLength(TEXT) + 6} 0 1\n`);
  });

  it('is an error event when it cannot be written', async () => {
    const { outcome, stderr } = await run(`process.stdout.once('error', ({ code }) => console.error(code));
      fs.closeSync(1);
      console.log('lost');
      process.stdout.write('lost');`);
    expect(outcome).toEqual(exited(0));
    expect(stderr).toBe('EBADF\n');
  });
});
