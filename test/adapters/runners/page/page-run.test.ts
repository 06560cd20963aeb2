import { describe, expect, it } from '@jest/globals';
import { PageRunner } from '../../../../src/adapters/runners/page/page-runner.js';
import { fixedClock } from '../../../../src/adapters/system/fixed-clock.js';
import type { PageReport } from '../../../../src/application/ports/page-reports.js';
import type { RunWatch } from '../../../../src/application/ports/script-runner.js';
import { aRun } from '../../../contracts/samples.js';

const JOB = { token: 'a token', script: '', env: [], workingDirectory: '' };
const aReport = (part: number, line: string, end?: PageReport['end']): PageReport => ({
  part,
  pieces: [{ stream: 'stdout', line }],
  droppedBytes: 0,
  end,
});

const watching = (output: RunWatch['output']) => {
  const terminate = new AbortController();
  const watch: RunWatch = {
    started: () => undefined,
    output,
    dropped: () => undefined,
    phase: () => undefined,
    note: () => undefined,
    terminate: terminate.signal,
    kill: new AbortController().signal,
  };
  return { watch, terminate };
};

describe('a run that a page reports on', () => {
  it('takes what comes before its execution begins, in order, and answers at once', async () => {
    const runner = new PageRunner(fixedClock());
    const run = aRun();
    runner.expect(run);
    expect(await runner.take(run.id, aReport(1, 'a'))).toBe('taken');
    expect(await runner.take(run.id, aReport(2, 'b'))).toBe('taken');
    let printed = '';
    const outcome = runner.run({ runId: run.id, ...JOB }, watching((_, text) => void (printed += text)).watch);
    await runner.take(run.id, aReport(3, 'c', { status: 'succeeded' }));
    expect(await outcome).toMatchObject({ kind: 'reported', status: 'succeeded' });
    expect(printed).toBe('abc');
    expect(await runner.take(run.id, aReport(4, 'd'))).toBe('nobody');
  });

  it('lets the page wait while the log takes its output', async () => {
    const runner = new PageRunner(fixedClock());
    const run = aRun();
    runner.expect(run);
    let written = (): void => undefined;
    const { watch, terminate } = watching(() => new Promise((resolve) => (written = resolve)));
    const outcome = runner.run({ runId: run.id, ...JOB }, watch);
    let answered = false;
    const taken = runner.take(run.id, aReport(1, 'a')).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    written();
    await taken;
    terminate.abort();
    expect(await outcome).toMatchObject({ kind: 'exited', exitCode: null });
  });

  it('is interrupted when nobody expects it, and when the server lets go of it', async () => {
    const runner = new PageRunner(fixedClock());
    const { watch } = watching(() => undefined);
    expect(await runner.run({ runId: 'x', ...JOB }, watch)).toMatchObject({ reason: 'interrupted' });
    const run = aRun();
    runner.expect(run);
    const outcome = runner.run({ runId: run.id, ...JOB }, watch);
    await runner.close();
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'interrupted' });
  });
});
