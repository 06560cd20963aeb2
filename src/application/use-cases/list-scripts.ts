import type { StoredScript } from '../../domain/script/script.js';
import type { RunRepository, ScriptActivity } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';

/** All scripts, by `updatedAt` descending, some at once: read from the store as they are taken. */
export type ListScripts = () => AsyncIterable<readonly StoredScript[]>;
/** The same, each with what its runs tell. */
export type SummarizeScripts = () => AsyncIterable<
  readonly { readonly script: StoredScript; readonly activity: ScriptActivity }[]
>;

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
