import type { BrokenRun } from '../../../application/ports/run-repository.js';
import type { RunMeta, RunSummary, ScriptRun } from '../../../domain/run/script-run.js';
import { PREVIEW_ROW_BYTES, readRun, readRunPreview, readRunSummary } from '../rows/run-row.js';
import type { Row } from '../rows/row.js';
import type { Fields } from './documents.js';
import { toRow, toStoredId } from './ids.js';

/** What lists read. */
export const SUMMARY_FIELDS = {
  scriptId: 1,
  status: 1,
  trigger: 1,
  createdAt: 1,
  updatedAt: 1,
  startedAt: 1,
  finishedAt: 1,
  exitCode: 1,
  meta: 1,
  claim: 1,
} as const;

/** All of a run that is Runlet's. Another application may keep the whole output in fields of its own. */
export const RUN_FIELDS = { ...SUMMARY_FIELDS, outputTail: 1 } as const;

export const toRunDocument = ({ id, scriptId, meta, ...fields }: ScriptRun): Fields => ({
  _id: toStoredId(id),
  scriptId: toStoredId(scriptId),
  ...fields,
  meta: metaFields(meta),
});

/**
 * `meta` with its `result` as the text `resultJson`: what a script answers may have names and depths that MongoDB refuses or that the
 * driver takes for types of its own.
 */
export const metaFields = ({ result, ...fields }: Partial<RunMeta>): Fields => ({
  ...fields,
  ...(result === undefined ? {} : { resultJson: JSON.stringify(result) }),
});

export const fromRunDocument = (document: Fields): ScriptRun | BrokenRun => readRun(toRunRow(document));

export const summaryFromRunDocument = (document: Fields): RunSummary | BrokenRun => readRunSummary(toRunRow(document));

export const previewFromRunDocument = (document: Fields): ScriptRun | BrokenRun => readRunPreview(toRunRow(document));

/**
 * Of its tail no more than a preview takes, in memory of its own. It is not cut by MongoDB: `$substrBytes` fails in the middle of a character,
 * and not every server that is supported has `$substrCP`.
 */
export const withEndOfTail = (document: Fields): Fields => {
  const { outputTail } = document;
  if (typeof outputTail !== 'string' || outputTail.length <= PREVIEW_ROW_BYTES) return document;
  return { ...document, outputTail: Buffer.from(outputTail).subarray(-PREVIEW_ROW_BYTES).toString() };
};

const toRunRow = (document: Fields): Row => {
  const row = toRow(document);
  if (typeof row.meta !== 'object' || row.meta === null) return row;
  const { resultJson, ...meta } = row.meta as Fields;
  return typeof resultJson === 'string' ? { ...row, meta: { ...meta, ...resultIn(resultJson) } } : row;
};

const resultIn = (json: string): { result?: unknown } => {
  try {
    return { result: JSON.parse(json) as unknown };
  } catch {
    return {};
  }
};
