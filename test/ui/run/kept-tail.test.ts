import { describe, expect, it } from '@jest/globals';
import { keptTailOf } from '../../../src/ui/run/kept-tail.js';
import type { ReadableRun } from '../../../src/ui/run/reason-words.js';

const run = (outputTail: string, lines: number, droppedBytes = 0) =>
  ({ outputTail, meta: { output: { bytes: 100, lines, droppedBytes } } }) as ReadableRun;

describe('the end of the output that is kept with a run', () => {
  it('is not shown where the log has it, or nothing was printed', () => {
    expect(keptTailOf(run('one\ntwo\n', 2), 2)).toBeNull();
    expect(keptTailOf(run('', 0), 0)).toBeNull();
    expect(keptTailOf(run('one\n', 1), null)).toBeNull();
  });

  it('is shown without its control sequences where the log is lost, damaged or cut', () => {
    expect(keptTailOf(run('\x1b[31mone\x1b[0m\ntwo\n', 2), 0)).toMatchObject({ text: 'one\ntwo\n' });
    expect(keptTailOf(run('two\n', 2), 1)?.why).toMatch(/in part only/);
    expect(keptTailOf(run('two\n', 9, 50), 9)?.why).toMatch(/reached its limit/);
  });

  it('is shown of a run that another application kept, which counted nothing', () => {
    expect(keptTailOf(run('tail\n', 0), 0)?.text).toBe('tail\n');
  });
});
