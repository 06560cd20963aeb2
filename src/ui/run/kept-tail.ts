import { plainText } from '../log/line-assembler.js';
import type { ReadableRun } from './reason-words.js';

/** The end of the output as it was kept with the run, where the log does not show it. */
export interface KeptTail {
  readonly text: string;
  /** Why it is shown. */
  readonly why: string;
}

/** @param lines that the log shows of a run that has ended; null while that is not known */
export const keptTailOf = ({ outputTail, meta: { output } }: ReadableRun, lines: number | null): KeptTail | null => {
  if (lines === null || outputTail === '') return null;
  const text = plainText(outputTail);
  if (lines === 0)
    return {
      text,
      why: 'The log of this run is not there. This is the end of its output, which is kept with the run:',
    };
  if (output.droppedBytes > 0)
    return {
      text,
      why: 'The log ends where it reached its limit. This is the end of the output, which is kept with the run:',
    };
  if (lines < output.lines)
    return {
      text,
      why: 'The log can be read in part only. This is the end of the output, which is kept with the run:',
    };
  return null;
};
