import type { StoredScript } from '../../domain/script/script.js';
import type { RunRepository, ScriptActivity } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';

/** All scripts, by `updatedAt` descending. */
export type ListScripts = () => Promise<readonly StoredScript[]>;
/** The same, each with what its runs tell. */
export type SummarizeScripts = () => Promise<readonly { script: StoredScript; activity: ScriptActivity }[]>;

export const makeListScripts =
  ({ scripts }: { scripts: ScriptRepository }): ListScripts =>
  () =>
    scripts.list();

export const makeSummarizeScripts =
  ({ scripts, runs }: { scripts: ScriptRepository; runs: RunRepository }): SummarizeScripts =>
  async () => {
    const all = await scripts.list();
    const activity = await runs.activity(all.map(({ id }) => id));
    return all.map((script) => ({
      script,
      activity: activity.get(script.id) ?? { lastRun: null, usualDurationMs: null },
    }));
  };
