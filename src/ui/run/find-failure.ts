import { readPlain } from '../log/control-sequences.js';
import type { LogModel } from '../log/log-model.js';
import type { LogSource } from '../log/log-source.js';
import { SectionLoader } from '../log/section-loader.js';

export interface QuotedLine {
  readonly number: number;
  readonly text: string;
}

/** Where the log of a run tells why it failed. */
export interface Failure {
  /** The last lines of stderr; without any, the first line that looks like an error. */
  readonly quoted: readonly QuotedLine[];
  /** The first line that looks like an error, else the first of stderr; null when there is neither. */
  readonly firstLine: number | null;
}

const QUOTED = 5;
const QUOTED_CHARACTERS = 500;
const WORDS = ['error', 'fatal', 'exception', 'traceback', 'panic', 'failed', 'cannot', 'not found', 'denied'];
const LOOKS_LIKE = new RegExp(WORDS.join('|'), 'i');

/** @throws ApiError */
export const findFailure = async (model: LogModel, source: LogSource, signal: AbortSignal): Promise<Failure> => {
  const loader = new SectionLoader(model, source);
  const sections = model.sectionsWith('stderr');
  const linesIn = async (section: (typeof sections)[number] | undefined): Promise<readonly QuotedLine[]> => {
    if (!section) return [];
    await loader.load(section);
    return (section.lines() ?? [])
      .filter(({ stream }) => stream === 'stderr')
      .map(({ number, text }) => ({ number, text: readPlain(text).slice(0, QUOTED_CHARACTERS) }));
  };
  const first = await linesIn(sections[0]);
  const last = sections.length > 1 ? await linesIn(sections.at(-1)) : first;
  const quoted = last.filter(({ text }) => text.trim() !== '').slice(-QUOTED);
  const error = first.find(({ text }) => LOOKS_LIKE.test(text)) ?? first[0];
  if (error) return { quoted, firstLine: error.number };
  for (const text of WORDS.slice(0, 3)) {
    const { items } = await source.search({ text, matchCase: false, around: 1 }, signal);
    const [found] = items;
    if (found)
      return {
        quoted: [{ number: found.line, text: (found.text ?? '').slice(0, QUOTED_CHARACTERS) }],
        firstLine: found.line,
      };
  }
  return { quoted: [], firstLine: null };
};
