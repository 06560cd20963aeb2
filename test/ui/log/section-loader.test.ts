import { describe, expect, it } from '@jest/globals';
import type { LogEventItem } from '../../../src/ui/log/log-event.js';
import { LogModel } from '../../../src/ui/log/log-model.js';
import type { LogSource } from '../../../src/ui/log/log-source.js';
import { SectionLoader } from '../../../src/ui/log/section-loader.js';

const event = (seq: number): LogEventItem => ({
  seq,
  type: 'log',
  ts: '2026-01-01T00:00:00.000Z',
  stream: 'stdout',
  line: `line ${seq}\n`,
});

/** A log of ten sections with one event and one line each, whose pages come when `answer` is called. */
const slowLog = () => {
  const begins = { stdout: 1, stderr: 0, system: 0 };
  const model = new LogModel({ canLetGo: true });
  model.begin(
    Array.from({ length: 10 }, (_, i) => ({ seq: i + 1, line: i + 1, begins, open: [] })),
    10,
  );
  const asked: number[] = [];
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const events: LogSource['events'] = async (since, signal) => {
    asked.push(since + 1);
    await answered;
    signal.throwIfAborted();
    return [event(since + 1)];
  };
  return { model, asked, answer, loader: new SectionLoader(model, { events } as unknown as LogSource) };
};

describe('sections', () => {
  it('that somebody waits for are loaded, whatever is on the screen meanwhile', async () => {
    const { model, loader, answer } = slowLog();
    const section = model.sectionOfLine(5)!;
    const loaded = loader.load(section);
    loader.want(model.missing(8, 10));
    answer();
    await loaded;
    expect(section.isHeld).toBe(true);
    expect(model.rowOfLine(5)).toBe(4);
  });

  it('that scrolled past are given up, two are asked for at once', async () => {
    const { model, loader, asked, answer } = slowLog();
    const passed = model.missing(0, 4).slice(0, 4); // those after them may change their rows
    loader.want(passed);
    expect(asked).toEqual([1, 2]);
    const wanted = model.missing(8, 10);
    loader.want(wanted);
    answer();
    await Promise.all(wanted.map((section) => loader.load(section)));
    expect(passed.map(({ isHeld }) => isHeld)).toEqual([false, false, false, false]);
    expect(wanted.every(({ isHeld }) => isHeld)).toBe(true);
    expect(asked.sort((a, b) => a - b)).toEqual([1, 2, 9, 10]);
  });

  it('are read in as many pages as it takes, since pages of large events are short', async () => {
    const model = new LogModel({ canLetGo: true });
    const begins = { stdout: 5, stderr: 0, system: 0 };
    model.begin(
      [
        { seq: 1, line: 1, begins, open: [] },
        { seq: 6, line: 6, begins, open: [] },
      ],
      10,
    );
    const asked: number[] = [];
    const events: LogSource['events'] = async (since) => {
      asked.push(since);
      return since >= 10 ? [] : [event(since + 1), ...(since + 2 <= 10 ? [event(since + 2)] : [])];
    };
    const loader = new SectionLoader(model, { events } as unknown as LogSource);
    const [first, last] = [model.sectionOfLine(1)!, model.sectionOfLine(6)!];
    await Promise.all([loader.load(first), loader.load(last)]);
    expect(asked.sort((a, b) => a - b)).toEqual([0, 2, 4, 5, 7, 9]);
    expect(first.lines()?.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(last.lines()?.map(({ number }) => number)).toEqual([6, 7, 8, 9, 10]);
  });
});
