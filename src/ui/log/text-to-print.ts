import { showBidiControls } from '../format/bidi-controls.js';
import { readPlain } from './control-sequences.js';
import type { LogModel } from './log-model.js';

/** Some hundred pages. */
const MOST_LINES = 10_000;
/** Of the beginning and of the end, where that is too much. */
const PART_LINES = 1000;

/** The lines that are shown, for paper: all of them, or of what is held the first and the last, saying what is left out. */
export const textToPrint = (model: LogModel): string => {
  const { rows } = model;
  const most = rows <= MOST_LINES ? rows : PART_LINES;
  const first = linesFrom(model, 0, most, 1);
  if (first.length === rows) return first.join('\n');
  const last = linesFrom(model, rows - 1, Math.min(PART_LINES, rows - first.length), -1).reverse();
  const left = (rows - first.length - last.length).toLocaleString('en');
  return [...first, `[${left} lines are not printed here: the download has them]`, ...last].join('\n');
};

/** Up to the first that is not held. */
const linesFrom = (model: LogModel, start: number, most: number, step: 1 | -1): string[] => {
  const texts: string[] = [];
  for (let row = start; texts.length < most; row += step) {
    const line = model.line(row);
    if (!line) break;
    texts.push(`${line.number > 0 ? line.number : ''}\t${showBidiControls(readPlain(line.text))}`);
  }
  return texts;
};
