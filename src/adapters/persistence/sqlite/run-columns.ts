import type {
  CancelRequest,
  ProcessIdentity,
  RunEnd,
  RunMeta,
  RunProgress,
  ScriptRun,
} from '../../../domain/run/script-run.js';
import type { Row } from '../rows/row.js';
import { fromBlob, fromJson, fromMillis, toBlob, toJson, toMillis, toMillisOrNull } from './columns.js';
import type { SqlParams } from './sql-values.js';

/**
 * `meta` is kept in parts: what acceptance fixes in `accepted`, what only the end knows in `ending`, and a column for
 * what changes between.
 */
export const toColumns = (run: ScriptRun): SqlParams => {
  const { actor, address, userAgent, script, timeoutMs, reportedBy, cancel, durationMs } = run.meta;
  return {
    id: run.id,
    scriptId: run.scriptId,
    status: run.status,
    trigger: run.trigger,
    createdAt: toMillis(run.createdAt),
    updatedAt: toMillis(run.updatedAt),
    startedAt: toMillisOrNull(run.startedAt),
    finishedAt: toMillisOrNull(run.finishedAt),
    exitCode: run.exitCode,
    owner: run.claim.owner,
    token: run.claim.token,
    process: run.claim.process && processColumn(run.claim.process),
    cancel: cancel && cancelColumn(cancel),
    durationMs,
    accepted: toJson({ actor, address, userAgent, script, timeoutMs, reportedBy }),
    ending: endingColumn(run.meta),
    ...progressColumns({ ...run.meta, outputTail: run.outputTail }),
  };
};

export const progressColumns = ({ outputTail, output, lastSeq }: RunProgress): SqlParams => ({
  outputTail: toBlob(outputTail),
  output: toJson(output),
  lastSeq,
});

export const endingColumn = ({ signal, reason, message, leftovers, signalled, result }: RunMeta | RunEnd): string =>
  toJson({ signal, reason, message, leftovers, signalled, result });

export const processColumn = (process: ProcessIdentity): string => toJson(process);

export const cancelColumn = (cancel: CancelRequest): string => toJson(cancel);

export const toDocument = (row: Row): Row => ({
  id: row.id,
  scriptId: row.scriptId,
  status: row.status,
  trigger: row.trigger,
  createdAt: fromMillis(row.createdAt),
  updatedAt: fromMillis(row.updatedAt),
  startedAt: fromMillis(row.startedAt),
  finishedAt: fromMillis(row.finishedAt),
  exitCode: row.exitCode,
  outputTail: fromBlob(row.outputTail),
  meta: merged(fromJson(row.accepted), fromJson(row.ending), {
    durationMs: row.durationMs,
    output: fromJson(row.output),
    lastSeq: row.lastSeq,
    cancel: fromJson(row.cancel),
  }),
  claim: { owner: row.owner, token: row.token, process: fromJson(row.process) },
});

/** One object of many; text, which the parser refuses, when one of them is none. */
const merged = (...parts: unknown[]): unknown =>
  parts.every((part) => typeof part === 'object' && part !== null) ? Object.assign({}, ...parts) : 'unreadable';
