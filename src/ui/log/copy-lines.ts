import { readPlain } from './control-sequences.js';
import { plainText } from './line-assembler.js';
import type { LogModel } from './log-model.js';
import type { LogSource } from './log-source.js';
import type { SectionLoader } from './section-loader.js';

/** What a clipboard, and who pastes from it, can be expected to take. */
const MOST_CHARACTERS = 5_000_000;

export interface CopyRequest {
  readonly model: LogModel;
  readonly source: LogSource | null;
  readonly loader: SectionLoader | null;
  /** Line numbers, both included; absent for the whole log. */
  readonly lines: { readonly from: number; readonly to: number } | null;
  readonly withColours: boolean;
}

/** The text of lines, or of all lines that are shown; null when that is too much to copy. @throws ApiError */
export const textToCopy = async ({
  model,
  source,
  loader,
  lines,
  withColours,
}: CopyRequest): Promise<string | null> => {
  const from = lines?.from ?? 1;
  const to = lines?.to ?? Infinity;
  if (!model.isWhole && !lines && source) return wholeText(source, model, withColours);
  let text = '';
  for (const section of model.sectionsOfLines(from, to)) {
    if (!section.isHeld) await loader?.load(section);
    for (const line of section.shownLines(model.shown) ?? []) {
      const isWanted = line.number === 0 ? lines === null : line.number >= from && line.number <= to;
      if (isWanted) text += `${withColours ? line.text : readPlain(line.text)}\n`;
    }
    if (text.length > MOST_CHARACTERS) return null;
  }
  return text;
};

const wholeText = async (source: LogSource, { shown }: LogModel, withColours: boolean): Promise<string | null> => {
  const both = shown.has('stdout') && shown.has('stderr');
  const stream = both ? undefined : shown.has('stderr') ? 'stderr' : 'stdout';
  const text = await source.text(stream, MOST_CHARACTERS);
  if (text === null || withColours) return text;
  return plainText(text);
};
