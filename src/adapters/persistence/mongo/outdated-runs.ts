import type { KeepRule } from '../../../application/ports/run-repository.js';
import type { Documents } from './documents.js';
import { fromStoredId, toStoredId } from './ids.js';

export const ENDED = { status: { $in: ['succeeded', 'failed', 'canceled', 'timed_out'] } };

/** Ids of runs of a script that the rule does not keep. Those of another application have no owner and are left to it. */
export const outdatedRuns = async (
  runs: Documents,
  scriptId: string,
  { newest, endedSince }: KeepRule,
  limit: number,
): Promise<readonly string[]> => {
  const ended = { scriptId: toStoredId(scriptId), ...ENDED, 'claim.owner': { $type: 'string' } };
  const reading = { sort: { createdAt: -1, _id: -1 }, projection: { _id: 1 } } as const;
  if (newest !== null) {
    const beyond = await runs.find(ended, { ...reading, limit, skip: Math.max(1, newest) });
    if (beyond.length > 0) return beyond.map(({ _id }) => fromStoredId(_id));
  }
  if (endedSince === null) return [];
  const [kept] = await runs.find(ended, { ...reading, limit: 1 });
  // A run ends after it was created, so that the index on that narrows the search.
  const before = { createdAt: { $lt: endedSince }, finishedAt: { $lt: endedSince } };
  const old = await runs.find({ ...ended, ...before, _id: { $ne: kept?._id } }, { ...reading, limit });
  return old.map(({ _id }) => fromStoredId(_id));
};
