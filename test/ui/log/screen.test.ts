import { describe, expect, it } from '@jest/globals';
import { readPlain, readStyled } from '../../../src/ui/log/control-sequences.js';
import { LineAssembler } from '../../../src/ui/log/line-assembler.js';
import { LineCounter } from '../../../src/ui/log/line-counter.js';
import type { LogEventItem } from '../../../src/ui/log/log-event.js';
import type { LogRow } from '../../../src/ui/log/log-row.js';

const ESC = '\x1b[';

const eventsOf = (pieces: readonly string[]): LogEventItem[] =>
  pieces.map((line, i) => ({ seq: i + 1, type: 'log', ts: '2026-01-01T00:00:00.000Z', stream: 'stdout', line }));

const rowsOf = (...pieces: string[]): LogRow[] => {
  const assembler = new LineAssembler();
  const rows: LogRow[] = [];
  for (const event of eventsOf(pieces)) assembler.add(event, rows);
  return rows;
};
const shown = (...pieces: string[]): string[] => rowsOf(...pieces).map(({ text }) => readPlain(text));

/** One character a piece, which no program does: whatever a sequence is cut into, it is read as a whole. */
const cutSmall = (output: string): string[] => Array.from(output);

const PULL = [
  'latest: Pulling from library/nginx\n',
  'aa1: Pulling fs layer\nbb2: Pulling fs layer\ncc3: Waiting\n',
  `${ESC}3A${ESC}2K\raa1: Downloading [=>    ]  1MB/30MB\r${ESC}3B`,
  `${ESC}2A${ESC}2K\rbb2: Downloading [===>  ] 12MB/20MB\r${ESC}2B`,
  `${ESC}3A${ESC}2K\raa1: Pull complete\r${ESC}3B`,
  `${ESC}1A${ESC}2K\rcc3: Already exists\r${ESC}1B`,
  `${ESC}2A${ESC}2K\rbb2: Pull complete\r${ESC}2B`,
  'Digest: sha256:0123\nStatus: Downloaded newer image for nginx:latest\n',
];

const PROGRAMS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'docker pull',
    PULL,
    [
      'latest: Pulling from library/nginx',
      'aa1: Pull complete',
      'bb2: Pull complete',
      'cc3: Already exists',
      'Digest: sha256:0123',
      'Status: Downloaded newer image for nginx:latest',
    ],
  ],
  [
    'docker compose, which prints its block again and again',
    [
      '[+] Running 0/2\n - db   Pulling 1.0s\n - web  Pulling 1.0s\n',
      `${ESC}3A${ESC}2K[+] Running 1/2\n${ESC}2K - db   Pulled 2.0s\n${ESC}2K - web  Pulling 2.0s\n`,
      `${ESC}3A${ESC}2K[+] Running 2/2\n${ESC}2K - db   Pulled 2.0s\n${ESC}2K - web  Pulled 3.0s\n`,
      'Attaching to db, web\n',
    ],
    ['[+] Running 2/2', ' - db   Pulled 2.0s', ' - web  Pulled 3.0s', 'Attaching to db, web'],
  ],
  [
    'npm',
    ['⠋', `${ESC}1G${ESC}0K⠙`, `${ESC}1G${ESC}0K⠹`, `${ESC}1G${ESC}0K\nadded 57 packages in 2s\n`],
    ['', 'added 57 packages in 2s'],
  ],
  [
    'npm 6, with its bar',
    [
      '[      ............] - fetchMetadata: sill resolveWithNewModule a@1.0.0',
      `${ESC}999D${ESC}K[##    ............] / extract: verb lock`,
      `\r${ESC}K+ a@1.0.0\n`,
    ],
    ['+ a@1.0.0'],
  ],
  [
    'pip',
    [
      'Collecting numpy\n  Downloading numpy-2.0.whl (19.3 MB)\n',
      `${ESC}?25l     ${ESC}38;5;237m━━━━━━━━━━${ESC}0m ${ESC}32m0.0/19.3 MB${ESC}0m ${ESC}31m?${ESC}0m eta ${ESC}36m-:--:--${ESC}0m`,
      `\r${ESC}2K     ${ESC}38;5;197m━━━━━━${ESC}0m${ESC}38;5;237m━━━━${ESC}0m ${ESC}32m11.5/19.3 MB${ESC}0m ${ESC}31m57 MB/s${ESC}0m eta ${ESC}36m0:00:01${ESC}0m`,
      `\r${ESC}2K     ${ESC}38;5;70m━━━━━━━━━━${ESC}0m ${ESC}32m19.3/19.3 MB${ESC}0m ${ESC}31m60 MB/s${ESC}0m eta ${ESC}36m0:00:00${ESC}0m\n`,
      `${ESC}?25hSuccessfully installed numpy-2.0\n`,
    ],
    [
      'Collecting numpy',
      '  Downloading numpy-2.0.whl (19.3 MB)',
      '     ━━━━━━━━━━ 19.3/19.3 MB 60 MB/s eta 0:00:00',
      'Successfully installed numpy-2.0',
    ],
  ],
  [
    'curl -#',
    ['\r#=#=#   ', `\r${'#'.repeat(20).padEnd(70)} 28.5%`, `\r${'#'.repeat(70)} 100.0%`, '\n'],
    [`${'#'.repeat(70)} 100.0%`],
  ],
  [
    'apt',
    [
      '\rReading package lists... 0%\r',
      '\rReading package lists... 100%\r\rReading package lists... Done\r\n',
      `0% [Working]\r            \rGet:1 http://deb.debian.org stable InRelease [151 kB]\r\n`,
      `\r${ESC}33m\r0% [1 InRelease 14.2 kB/151 kB 9%]${ESC}0m\r${ESC}K\r${ESC}33m100% [Working]${ESC}0m\r${ESC}KFetched 151 kB in 1s\r\n`,
      `\n\x1b7${ESC}0;23r\x1b8${ESC}1ASelecting previously unselected package jq.\r\n`,
      `\x1b7${ESC}24;0f${ESC}42m${ESC}30mProgress: [ 40%]${ESC}49m${ESC}39m [####......] \x1b8Setting up jq (1.7) ...\r\n`,
    ],
    [
      'Reading package lists... Done',
      'Get:1 http://deb.debian.org stable InRelease [151 kB]',
      'Fetched 151 kB in 1s',
      'Selecting previously unselected package jq.',
      'Setting up jq (1.7) ...',
    ],
  ],
  [
    'log-update, as listr and ora use it',
    [
      '❯ Build\n❯ Test\n',
      `${ESC}2K${ESC}1A${ESC}2K${ESC}1A${ESC}2K${ESC}G✔ Build\n❯ Test\n`,
      `${ESC}2K${ESC}1A${ESC}2K${ESC}1A${ESC}2K${ESC}G✔ Build\n✔ Test\n`,
    ],
    ['✔ Build', '✔ Test'],
  ],
];

describe('progress', () => {
  it.each(PROGRAMS)('of %s reads as in a terminal', (_, pieces, texts) => {
    expect(shown(...pieces)).toEqual(texts);
    expect(shown(...cutSmall(pieces.join('')))).toEqual(texts);
    expect(shown(pieces.join(''))).toEqual(texts);
  });

  it.each(PROGRAMS)('of %s has as many rows as are counted, and numbers that the server knows', (_, pieces) => {
    for (const events of [eventsOf(pieces), eventsOf(cutSmall(pieces.join('')))]) {
      const counter = new LineCounter();
      const counted = events.reduce((sum, event) => sum + counter.count(event), 0);
      const rows = rowsOf(...events.map(({ line }) => line));
      expect(counted).toBe(rows.length);
      expect(counter.number - 1).toBe(pieces.join('').replace(/\n$/, '').split('\n').length);
    }
  });

  it('keeps the numbers of the lines that began rows', () => {
    expect(rowsOf(...PULL).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    const compose = PROGRAMS[1]?.[1] ?? [];
    expect(rowsOf(...compose).map(({ number }) => number)).toEqual([1, 2, 3, 10]);
  });
});

describe('control functions', () => {
  it.each([
    ['carriage return', 'hello\rab', ['abllo']],
    ['backspace', 'abc\b\bX', ['aXc']],
    ['backspace at the beginning', 'a\b\b\bb', ['b']],
    ['CSI K', `hello\rab${ESC}K`, ['ab']],
    ['CSI 0 K', `hello${ESC}2D${ESC}0K`, ['hel']],
    ['CSI 1 K', `hello${ESC}3G${ESC}1K`, ['   lo']],
    ['CSI 2 K', `hello${ESC}2Kx`, ['     x']],
    ['CSI G', `hello${ESC}2Gab${ESC}8Gz`, ['hablo  z']],
    ['CSI C and D', `ab${ESC}2Cc${ESC}4Dx`, ['ax  c']],
    ['CSI A', `one\ntwo\n${ESC}2AONE`, ['ONE', 'two']],
    ['CSI A keeps the column', `one\ntwo${ESC}AX`, ['oneX', 'two']],
    ['CSI F', `one\ntwo${ESC}FX`, ['Xne', 'two']],
    ['CSI E and B', `one\ntwo\nthree${ESC}2A${ESC}EX${ESC}BY`, ['one', 'Xwo', 'tYree']],
    ['CSI B beyond the end', `one\ntwo${ESC}9BX`, ['one', 'twoX']],
    ['CSI A beyond the beginning', `one\ntwo${ESC}9A\rX`, ['Xne', 'two']],
    ['CSI J', `one\ntwo\nthree${ESC}2A\r${ESC}J1`, ['1', '', '']],
    ['CSI 2 J keeps what a log has', `one\ntwo\n${ESC}H${ESC}2J${ESC}3Jthree`, ['one', 'two', 'three']],
    ['CSI M', `one\ntwo\nthree${ESC}2A${ESC}M`, ['two', 'three', '']],
    ['CSI L', `one\ntwo\nthree${ESC}1A${ESC}LX`, ['one', 'X', 'two']],
    ['a tab', `a\tb\r12345678\t9`, ['12345678b       9']],
    ['wide characters', `日本語${ESC}3Gx${ESC}5Gy`, ['日x y']],
    ['combining marks', `e\u0301e${ESC}2Gx`, ['e\u0301x']],
    ['cursor-up that is printed after an empty line', `a\n\n${ESC}AX\nb`, ['a', 'X', 'b']],
  ])('%s', (_, output, texts) => {
    const trimmed = (lines: string[]): string[] => lines.map((line) => line.trimEnd());
    expect(trimmed(shown(output))).toEqual(texts);
    expect(trimmed(shown(...cutSmall(output)))).toEqual(texts);
  });

  it('leave styles to what is printed over', () => {
    const [row] = rowsOf(`${ESC}1;38;5;208mbold${ESC}0m text\r${ESC}48;2;1;2;3mB${ESC}0m`);
    expect(readStyled(row?.text ?? '', row?.style)).toEqual([
      { text: 'B', style: { background: '#010203' } },
      { text: 'old', style: { bold: true, foreground: 208 } },
      { text: ' text', style: {} },
    ]);
  });

  it('reach the last 50 rows of their stream', () => {
    const lines = Array.from({ length: 60 }, (_, i) => `${i + 1}\n`).join('');
    const texts = shown(`${lines}${ESC}99AX`);
    expect(texts[10]).toBe('X1');
    expect(texts.filter((text) => text.includes('X'))).toHaveLength(1);
  });

  it('of one stream leave the other alone', () => {
    const assembler = new LineAssembler();
    const rows: LogRow[] = [];
    const [event] = eventsOf(['']);
    for (const [stream, line] of [
      ['stderr', 'layer 1\nlayer 2\n'],
      ['stdout', 'a line of the script\n'],
      ['stderr', `${ESC}2A${ESC}2Klayer 1 done\n`],
    ] as const)
      assembler.add({ ...event!, stream, line }, rows);
    expect(rows.map(({ text, number }) => [number, text])).toEqual([
      [1, 'layer 1 done'],
      [2, 'layer 2'],
      [3, 'a line of the script'],
    ]);
    expect(assembler.rowOf(4)?.number).toBe(1);
  });
});
