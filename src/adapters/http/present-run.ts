import type { BrokenRun } from '../../application/ports/run-repository.js';
import type { RunMeta, RunSummary, ScriptRun } from '../../domain/run/script-run.js';
import type { RunItem, RunListItem, StoredRunListItem, StoredRunPreview } from './contract/runs.js';

/** @param queuePosition null for a run that does not wait in this server's queue. */
export const presentRun = (run: ScriptRun | BrokenRun, queuePosition: number | null = null): RunItem =>
  'broken' in run
    ? { ...presentBroken(run), outputTail: null }
    : {
        ...presentRunListItem(run),
        meta: { ...presentMeta(run.meta), queuePosition },
        outputTail: run.outputTail,
      };

export const presentStoredPreview = (run: ScriptRun | BrokenRun): StoredRunPreview =>
  'broken' in run
    ? { ...presentBroken(run), outputTail: null }
    : { ...presentRunListItem(run), outputTail: run.outputTail };

export const presentStoredListItem = (run: RunSummary | BrokenRun): StoredRunListItem =>
  'broken' in run ? presentBroken(run) : presentRunListItem(run);

/** Named field by field: what a claim holds is never sent. */
export const presentRunListItem = (run: RunSummary): RunListItem => ({
  id: run.id,
  _id: run.id,
  scriptId: run.scriptId,
  status: run.status,
  trigger: run.trigger,
  createdAt: run.createdAt.toISOString(),
  updatedAt: run.updatedAt.toISOString(),
  startedAt: run.startedAt?.toISOString() ?? null,
  finishedAt: run.finishedAt?.toISOString() ?? null,
  exitCode: run.exitCode,
  meta: presentMeta(run.meta),
});

const presentMeta = (meta: RunMeta): RunListItem['meta'] => ({
  actor: meta.actor,
  address: meta.address,
  userAgent: meta.userAgent,
  script: meta.script,
  timeoutMs: meta.timeoutMs,
  signal: meta.signal,
  reason: meta.reason,
  message: meta.message,
  durationMs: meta.durationMs,
  output: meta.output,
  lastSeq: meta.lastSeq,
  cancel: meta.cancel && { at: meta.cancel.at.toISOString(), by: meta.cancel.by },
  leftovers: meta.leftovers.map(({ pid, command, ended }) => ({ pid, command, ended })),
  signalled: meta.signalled && { ...meta.signalled, signals: [...meta.signalled.signals] },
  ...(meta.result === undefined ? {} : { result: meta.result }),
  ...(meta.reportedBy && { reportedBy: meta.reportedBy }),
});

const presentBroken = ({ id, scriptId, createdAt, broken }: BrokenRun) => ({
  id,
  _id: id,
  scriptId,
  status: null,
  trigger: null,
  createdAt: createdAt.toISOString(),
  updatedAt: null,
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  meta: null,
  invalid: [...broken],
});
