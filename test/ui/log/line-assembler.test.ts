import { describe, expect, it } from '@jest/globals';
import { LineSearch } from '../../../src/application/line-search.js';
import { readStyled } from '../../../src/ui/log/control-sequences.js';
import { LineAssembler, type LogLine } from '../../../src/ui/log/line-assembler.js';
import { LINE_CHARACTERS, type LogRow } from '../../../src/ui/log/log-row.js';
import type { LogStream } from '../../../src/ui/log/log-event.js';

type Piece = readonly [LogStream, string];

const eventsOf = (pieces: readonly Piece[]) =>
  pieces.map(([stream, line], i) => ({
    seq: i + 1,
    type: 'log' as const,
    ts: new Date(Date.UTC(2026, 0, 1) + i).toISOString(),
    stream,
    line,
  }));

const linesOf = (...pieces: readonly Piece[]): LogLine[] => {
  const assembler = new LineAssembler();
  const lines: LogRow[] = [];
  for (const event of eventsOf(pieces)) assembler.add(event, lines);
  return lines;
};
const textsOf = (...pieces: readonly Piece[]): string[] => linesOf(...pieces).map(({ text }) => text);
const out = (...texts: string[]): Piece[] => texts.map((text) => ['stdout', text]);

describe('lines', () => {
  it('go on over pieces of their stream, whatever comes between', () => {
    const lines = linesOf(
      ['stdout', 'one\ntw'],
      ['stderr', 'oops\n'],
      ['system', '[runlet] note\n'],
      ['stdout', 'o\n\nx'],
    );
    expect(lines.map(({ number, stream, text }) => [number, stream, text])).toEqual([
      [1, 'stdout', 'one'],
      [2, 'stdout', 'two'],
      [3, 'stderr', 'oops'],
      [0, 'system', '[runlet] note'],
      [4, 'stdout', ''],
      [5, 'stdout', 'x'],
    ]);
    expect(lines[1]?.at).toBe(Date.UTC(2026, 0, 1));
  });

  it('are numbered as the search of the server numbers them', () => {
    const pieces: Piece[] = Array.from({ length: 500 }, (_, i) => [
      (['stdout', 'stderr', 'system'] as const)[(i * 5) % 3] ?? 'stdout',
      ['a\n', 'b', '\n', '\r\n', 'c\rd', 'e\n\nf'][(i * 7) % 6] ?? '',
    ]);
    const search = new LineSearch('', { matchCase: true, limit: 10_000 });
    for (const event of eventsOf(pieces)) if (event.stream !== 'system') search.add(event);
    search.end();
    const numbered = linesOf(...pieces).filter(({ number }) => number > 0);
    expect(numbered.map(({ number }) => number)).toEqual(search.found().items.map(({ line }) => line));
  });

  it('end in CR LF as in LF, also when a piece ends between', () => {
    expect(textsOf(...out('a\r\nb\r', '\nc'))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [['10%\r20%\r30%\n'], ['30%']],
    [['10%\r', '20%\r', '30%'], ['30%']],
    [['10%\r20%\r'], ['20%']],
    [['10%', '\r', '\r', '20', '%\n'], ['20%']],
    [['50%\r\x1b[K\n'], ['']],
    [['100%\rDone\n'], ['Done']],
    [['a\r\r\nb\n'], ['a', 'b']],
  ])('that are printed over themselves keep their last state: %j', (pieces, texts) =>
    expect(textsOf(...out(...pieces))).toEqual(texts),
  );

  it('of endless progress do not grow', () => {
    const pieces = Array.from({ length: 20_000 }, (_, i): Piece => ['stdout', `\r${i} of 20000 ${'.'.repeat(50)}`]);
    expect(textsOf(...pieces)).toEqual([`19999 of 20000 ${'.'.repeat(50)}`]);
  });

  it('keep the colour that something overwritten set', () => {
    const lines = linesOf(...out('\x1b[31m10%\r20%\nnext\n'));
    expect(lines.map(({ text, style }) => readStyled(text, style)[0]?.style)).toEqual([
      { foreground: 1 },
      { foreground: 1 },
    ]);
  });

  it('hand their style on to the next line of their stream alone, also when a piece ends within the sequence', () => {
    const lines = linesOf(['stdout', 'a \x1b[3'], ['stderr', 'plain\n'], ['stdout', '2mgreen\nstill green\n']);
    expect(lines.map(({ text, style }) => [text, style])).toEqual([
      ['a \x1b[32mgreen', {}],
      ['plain', {}],
      ['still green', { foreground: 2 }],
    ]);
  });

  it('that are endless are cut, and say by how much', () => {
    const [line] = linesOf(...out('x'.repeat(LINE_CHARACTERS - 1), 'yz', 'z'.repeat(1000)));
    expect(line?.text).toBe(`${'x'.repeat(LINE_CHARACTERS - 1)}y`);
    expect(line?.cut).toBe(1001);
    expect(linesOf(...out('x'.repeat(LINE_CHARACTERS + 5), '\r\x1b[Kshort\n'))[0]).toMatchObject({
      text: 'short',
      cut: 0,
    });
  });

  it('that began elsewhere are passed over', () => {
    const assembler = new LineAssembler({ number: 8, open: ['stdout'], styles: new Map() });
    const lines: LogRow[] = [];
    for (const event of eventsOf(out('rest of 7', ' and more\nline 8\n'))) assembler.add(event, lines);
    expect(lines.map(({ number, text }) => [number, text])).toEqual([[8, 'line 8']]);
  });
});
