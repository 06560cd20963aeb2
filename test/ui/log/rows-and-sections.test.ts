import { beforeEach, describe, expect, it } from '@jest/globals';
import { readPlain } from '../../../src/ui/log/control-sequences.js';
import type { LogEventItem } from '../../../src/ui/log/log-event.js';
import { LogModel } from '../../../src/ui/log/log-model.js';

const UPDATES = 1000;

/** Three lines, a bar in the second of them that is printed anew by 1000 events, and a line after it. */
const progress = (): LogEventItem[] =>
  [
    'begin\nbar 0\nlast\n',
    ...Array.from({ length: UPDATES }, (_, i) => `\x1b[2A\x1b[2Kbar ${i + 1}\n\x1b[1B`),
    'end\n',
  ].map((line, i) => ({ seq: i + 1, type: 'log', ts: '2026-01-01T00:00:00.000Z', stream: 'stdout', line }));

const texts = (model: LogModel): (string | undefined)[] =>
  Array.from({ length: model.rows }, (_, row) => model.line(row)).map((line) => line && readPlain(line.text));

describe('rows that later sections of the log change', () => {
  let events: LogEventItem[];
  beforeEach(() => {
    events = progress();
  });

  it('have their last state while the log grows, and no rows for what was printed over them', () => {
    const model = new LogModel();
    for (const [i, event] of events.entries()) {
      model.add(event);
      if (i % 97 === 0 && i > 0) expect(texts(model)).toEqual(['begin', `bar ${i}`, 'last']);
    }
    expect(texts(model)).toEqual(['begin', `bar ${UPDATES}`, 'last', 'end']);
    expect(model.lastLine).toBe(UPDATES + 4);
  });

  it('are loaded with what changes them, and lead there from lines that have no row', () => {
    const model = new LogModel({ canLetGo: true });
    // As the server tells of it: lines, and where they begin.
    const begins = (stdout: number) => ({ stdout, stderr: 0, system: 0 });
    const starts = [1, 201, 401, 601, 801, 1001];
    const outline = starts.map((seq, i) => ({
      seq,
      line: seq === 1 ? 1 : seq + 2,
      begins: begins(seq === 1 ? 202 : (starts[i + 1] ?? UPDATES + 3) - seq),
      open: [],
    }));
    model.begin(outline, UPDATES + 2);
    const before = model.rows;
    const recounts: number[] = [];
    model.onrecount = (_, by) => recounts.push(by);
    for (let missing = model.missing(0, 3); missing.length > 0; missing = model.missing(0, 3)) {
      for (const section of missing) model.fill(section, events.slice(section.firstSeq - 1, section.firstSeq + 199));
    }
    expect(texts(model)).toEqual(['begin', `bar ${UPDATES}`, 'last', 'end']);
    expect(recounts.reduce((sum, by) => sum + by, before)).toBe(4);
    expect(model.rowOfLine(10)).toBe(1);
    expect(model.shownAs(10)).toBe(2);
    expect(model.rowOfLine(UPDATES + 4)).toBe(3);
  });
});
