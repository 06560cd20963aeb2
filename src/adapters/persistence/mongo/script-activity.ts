import type { ScriptActivity } from '../../../application/ports/run-repository.js';
import type { RunSummary } from '../../../domain/run/script-run.js';
import { isBrokenRun } from '../rows/run-row.js';
import { median, USUAL_DURATION_RUNS } from '../rows/usual-duration.js';
import type { Documents, Fields } from './documents.js';
import { toStoredId } from './ids.js';
import { SUMMARY_FIELDS, summaryFromRunDocument } from './run-document.js';

/** The last run and the usual duration of each script. */
export const activityOf = async (
  runs: Documents,
  scriptIds: readonly string[],
): Promise<ReadonlyMap<string, ScriptActivity>> => {
  const activities = new Map<string, ScriptActivity>();
  for (let i = 0; i < scriptIds.length; i += AT_ONCE) {
    const some = scriptIds.slice(i, i + AT_ONCE);
    const found = await Promise.all(some.map((scriptId) => activityOfOne(runs, scriptId)));
    for (const [j, activity] of found.entries()) activities.set(some[j] ?? '', activity);
  }
  return activities;
};

/** Scripts asked about at the same time: two queries each, on a pool of 32 connections. */
const AT_ONCE = 8;

const activityOfOne = async (runs: Documents, scriptId: string): Promise<ScriptActivity> => {
  const ofScript = { scriptId: toStoredId(scriptId) };
  const [last, successes] = await Promise.all([
    newest(runs, ofScript, 1),
    newest(runs, { ...ofScript, status: 'succeeded' }, USUAL_DURATION_RUNS),
  ]);
  const durations = successes.map(({ meta }) => meta.durationMs).filter((ms) => ms !== null);
  return { lastRun: last[0] ?? null, usualDurationMs: median(durations) };
};

const newest = async (runs: Documents, filter: Fields, limit: number): Promise<RunSummary[]> => {
  const reading = { sort: { createdAt: -1, _id: -1 }, limit, projection: SUMMARY_FIELDS } as const;
  return (await runs.find(filter, reading))
    .map(summaryFromRunDocument)
    .flatMap((run) => (isBrokenRun(run) ? [] : [run]));
};
