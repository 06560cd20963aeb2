import type { RunEventItem } from '../api/runs.js';
import type { ReadableRun } from './reason-words.js';

type StatusEvent = Exclude<RunEventItem, { type: 'log' }>;

/** How far the end of a run has come that somebody has asked for. */
export type EndingPhase = 'canceling' | 'terminating' | 'killing';

/** A run as the page knows it: as it was read, with what its events told since. */
export interface RunProgress {
  readonly run: ReadableRun;
  readonly phase: EndingPhase | null;
}

export const progressOf = (run: ReadableRun): RunProgress => ({
  run,
  phase: run.finishedAt === null && run.meta.cancel ? 'canceling' : null,
});

/** @param run as it was read again */
export const readAgain = ({ phase }: RunProgress, run: ReadableRun): RunProgress =>
  run.finishedAt === null ? { run, phase: phase ?? progressOf(run).phase } : progressOf(run);

export const afterEvent = (progress: RunProgress, event: StatusEvent): RunProgress => {
  const { run } = progress;
  if (run.finishedAt !== null) return progress;
  const { status, ts } = event;
  if (status === 'queued') return progress;
  if (status === 'running') {
    const phase = event.type === 'status' ? (event.phase ?? progress.phase) : progress.phase;
    return { run: { ...run, status, startedAt: run.startedAt ?? ts }, phase };
  }
  const { exitCode = null, signal = null, reason = null } = event;
  const began = run.startedAt ?? null;
  const durationMs = began === null ? null : Math.max(0, Date.parse(ts) - Date.parse(began));
  return {
    run: { ...run, status, exitCode, finishedAt: ts, meta: { ...run.meta, signal, reason, durationMs } },
    phase: null,
  };
};
