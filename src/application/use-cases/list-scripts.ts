import type { StoredScript } from '../../domain/script/script.js';
import type { RunRepository, ScriptActivity } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { GetScript } from './get-script.js';

/** All scripts, by `updatedAt` descending, some at once: read from the store as they are taken. */
export type ListScripts = () => AsyncIterable<readonly StoredScript[]>;
/** A script with what its runs tell. */
export interface SummarizedScript {
  readonly script: StoredScript;
  readonly activity: ScriptActivity;
}
export type SummarizeScripts = () => AsyncIterable<readonly SummarizedScript[]>;
/** @throws DomainError `script.not-found` */
export type SummarizeScript = (id: string) => Promise<SummarizedScript>;

export const makeListScripts =
  ({ scripts }: { scripts: ScriptRepository }): ListScripts =>
  () =>
    scripts.list();

const NO_ACTIVITY: ScriptActivity = { lastRun: null, usualDurationMs: null };

export const makeSummarizeScripts = ({
  scripts,
  runs,
}: {
  scripts: ScriptRepository;
  runs: RunRepository;
}): SummarizeScripts =>
  async function* () {
    for await (const some of scripts.list()) {
      const activity = await runs.activity(some.map(({ id }) => id));
      yield some.map((script) => ({ script, activity: activity.get(script.id) ?? NO_ACTIVITY }));
    }
  };

export const makeSummarizeScript =
  ({ getScript, runs }: { getScript: GetScript; runs: RunRepository }): SummarizeScript =>
  async (id) => {
    const script = await getScript(id);
    const activity = await runs.activity([script.id]);
    return { script, activity: activity.get(script.id) ?? NO_ACTIVITY };
  };
