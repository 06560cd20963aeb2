import { isTooDeep, notJson, tooDeep, tooLarge } from '../kept-result.js';

/** What a script ended with, and what there is to say about it. */
export interface ScriptEnd {
  readonly result?: unknown;
  readonly note?: string;
}

const REASON_LENGTH = 200;

/** @param record what the program of a sandbox told at its end, null when it was too much; nothing of it is taken on trust. */
export const readScriptEnd = (record: Buffer | null, resultBytes: number): ScriptEnd => {
  if (record === null) return { note: tooLarge(`more than ${resultBytes}`, resultBytes) };
  const text = record.toString();
  const newline = text.indexOf('\n');
  const kind = text.slice(0, Math.max(newline, 0));
  const detail = text.slice(newline + 1);
  if (kind === 'result') return parseResult(detail);
  if (kind === 'too-large') return { note: tooLarge(String(Number(detail)), resultBytes) };
  if (kind === 'unserializable') return { note: notJson(detail.slice(0, REASON_LENGTH).replaceAll(/\p{Cc}/gu, ' ')) };
  return text === '' ? {} : { note: notJson('it did not arrive whole') };
};

const parseResult = (json: string): ScriptEnd => {
  let result: unknown;
  try {
    result = JSON.parse(json);
  } catch {
    return { note: notJson('it did not arrive whole') };
  }
  if (isTooDeep(result)) return { note: tooDeep() };
  return { result };
};
