import { cpus, release, type } from 'node:os';
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** What the figures were taken on, and of. */
export const machineLine = () => {
  const [{ model }] = cpus();
  return `Runlet ${version}, Node ${process.version}, ${cpus().length} × ${model.trim()}, ${type()} ${release()}`;
};

/** Bars: what Runlet has to reach. `times`: of the baseline; otherwise a figure of its own. */
export const atMostTimes = (bar) => ({ text: `≤ ${bar} ×`, isMet: ({ ratio }) => ratio <= bar });
export const atLeastTimes = (bar) => ({ text: `≥ ${bar} ×`, isMet: ({ ratio }) => ratio >= bar });
export const under = (bar) => ({ text: `< ${bar}`, isMet: ({ value }) => value < bar });
export const atMost = (bar) => ({ text: `≤ ${bar}`, isMet: ({ value }) => value <= bar });

const WIDTHS = [44, 22, 22, 9, 10, 8];

export const headLines = () => [
  row(['', 'bare', 'Runlet', 'ratio', 'bar', '']),
  '-'.repeat(WIDTHS.reduce((sum, width) => sum + width)),
];

/** One figure: `{ what, bare, runlet, bar, note }`, the two as `{ value, low, high }`; without a bar it is there to be compared. */
export const figureLines = ({ what, bare, runlet, bar, note }) => {
  const ratio = runlet.value / bare.value;
  const isMet = bar?.isMet({ ratio, value: runlet.value });
  const judged = bar ? [bar.text, isMet ? 'met' : 'MISSED'] : ['', ''];
  return [
    row([what, span(bare), span(runlet), `${ratio.toFixed(2)} ×`, ...judged]),
    ...(note === undefined ? [] : [`    ${note}`]),
  ];
};

const row = ([what, ...cells]) =>
  what.padEnd(WIDTHS[0]) + cells.map((cell, index) => cell.padStart(WIDTHS[index + 1])).join('');

const span = ({ value, low, high }) =>
  low === undefined ? digits(value) : `${digits(value)} (${digits(low)}–${digits(high)})`;

const digits = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
