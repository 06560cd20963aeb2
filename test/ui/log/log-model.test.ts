import { describe, expect, it } from '@jest/globals';
import type { LogEventItem, LogStream } from '../../../src/ui/log/log-event.js';
import { LogModel } from '../../../src/ui/log/log-model.js';

const event = (seq: number, stream: LogStream, line: string): LogEventItem => ({
  seq,
  type: 'log',
  ts: '2026-01-01T00:00:00.000Z',
  stream,
  line,
});

const rowsOf = (model: LogModel): (string | undefined)[] =>
  Array.from({ length: model.rows }, (_, row) => model.line(row)?.text);

/** Adds as a page does that shows the end. */
const addAtEnd = (model: LogModel, events: readonly LogEventItem[]): void => {
  for (const each of events) {
    model.add(each);
    model.missing(Math.max(0, model.rows - 50), model.rows);
  }
};

/** 1000 lines an event, 100 characters each. */
const flood = (events: number): LogEventItem[] =>
  Array.from({ length: events }, (_, i) =>
    event(
      i + 1,
      i % 10 === 9 ? 'stderr' : 'stdout',
      Array.from({ length: 1000 }, (_x, k) => `${String(i * 1000 + k + 1).padEnd(99, '.')}\n`).join(''),
    ),
  );

describe('the rows of a log', () => {
  it('are the lines of the streams that are shown', () => {
    const model = new LogModel();
    for (const [i, [stream, text]] of (
      [
        ['stdout', 'a\nb'],
        ['stderr', 'x\n'],
        ['stdout', 'c\n'],
        ['system', 'note\n'],
      ] as const
    ).entries())
      model.add(event(i + 1, stream, text));
    expect(rowsOf(model)).toEqual(['a', 'bc', 'x', 'note']);
    model.shown = new Set<LogStream>(['stderr', 'system']);
    expect(rowsOf(model)).toEqual(['x', 'note']);
    expect(model.line(0)?.number).toBe(3);
    model.add(event(5, 'stderr', 'y\n'));
    expect(rowsOf(model)).toEqual(['x', 'note', 'y']);
    expect(model.rowOfLine(2)).toBe(0);
    expect(model.rowOfLine(4)).toBe(2);
    model.shown = new Set<LogStream>();
    expect(model.rows).toBe(0);
  });

  it('stay countable when far ones are let go, and come back the same', () => {
    const model = new LogModel({ canLetGo: true });
    const events = flood(600);
    addAtEnd(model, events);
    expect(model.rows).toBe(600_000);
    expect(model.isWhole).toBe(false);
    expect(model.line(599_999)?.text).toMatch(/^600000\.+$/);
    expect(model.rowOfLine(1000)).toBeNull();
    expect(model.line(999)).toBeUndefined();

    const missing = model.missing(990, 1000);
    expect(missing).toHaveLength(1);
    for (const section of missing) model.fill(section, events.slice(section.firstSeq - 1, section.firstSeq + 199));
    expect(model.line(999)).toMatchObject({ number: 1000, stream: 'stdout' });
    expect(model.line(999)?.text).toMatch(/^1000\.+$/);
    expect(model.rowOfLine(1000)).toBe(999);
    model.shown = new Set<LogStream>(['stderr']);
    expect(model.rows).toBe(60_000);
    expect(model.line(59_999)?.number).toBe(600_000);
  });

  it('are there when they were loaded, however far from what is read', () => {
    const model = new LogModel({ canLetGo: true });
    const events = flood(600);
    addAtEnd(model, events);
    for (let i = 0; i < 60; i++) {
      const section = model.sectionOfLine(i * 1000 + 1)!;
      model.fill(section, events.slice(section.firstSeq - 1, section.firstSeq + 199));
      expect(model.rowOfLine(i * 1000 + 1)).toBe(i * 1000);
    }
  });

  it('keep everything where nobody could load it again', () => {
    const model = new LogModel();
    for (const each of flood(600)) model.add(each);
    expect(model.isWhole).toBe(true);
  });

  it('come back with the end of a line that goes on in the next section, and with its colour', () => {
    const model = new LogModel({ canLetGo: true });
    const events = [
      event(1, 'stdout', `\x1b[31m${'x'.repeat(150_000)}\nbegin `),
      event(2, 'stderr', `${'e'.repeat(150_000)}\n`),
      event(3, 'stdout', 'end\nred\n'),
      ...flood(600).map((each) => ({ ...each, seq: each.seq + 3 })),
    ];
    addAtEnd(model, events);
    const [section] = model.missing(0, 2);
    expect(section?.isHeld).toBe(false);
    model.fill(section!, events.slice(0, 200));
    expect(model.line(1)).toMatchObject({ number: 2, text: 'begin end', style: { foreground: 1 } });
  });

  it('begin where an outline says, and go on from its last section', () => {
    const model = new LogModel({ canLetGo: true });
    const begins = (stdout: number) => ({ stdout, stderr: 0, system: 0 });
    model.begin(
      [
        { seq: 1, line: 1, begins: begins(500), open: [] },
        { seq: 50, line: 501, begins: begins(2), open: [] },
      ],
      52,
    );
    expect(model.rows).toBe(502);
    expect(model.reopenLast()).toBe(49);
    expect(model.rows).toBe(500);
    model.add(event(50, 'stdout', 'a\nb\n'));
    model.add(event(53, 'stdout', 'c\n'));
    expect(model.rows).toBe(503);
    expect(model.line(502)).toMatchObject({ number: 503, text: 'c' });
    expect(model.lastLine).toBe(503);
    expect(model.missing(0, 10).map(({ firstSeq }) => firstSeq)).toEqual([1]);
    expect(model.rowOfLine(502)).toBe(501);
  });
});
