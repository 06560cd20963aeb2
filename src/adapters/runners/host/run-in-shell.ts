import type { RunJob, RunWatch } from '../../../application/ports/script-runner.js';
import { anyAborted, within } from '../process/waiting.js';
import { cookieOf } from './containment/run-markers.js';
import { type RunningScript, identify } from './launch.js';
import type { PreStartedShell } from './ready/pre-started-shell.js';
import type { WarmPool } from './ready/warm-pool.js';
import { StartError } from './spawn/starter.js';

/** How long a script waits for a shell that reads its profile already. */
const PROFILE_MS = 1000;

/**
 * Runs a script in a pre-started shell. Null when none fits: the script then gets a process of its own. A script with variables always does,
 * since its profile has to see them. No pre-started shell reads its profile any more when this resolves, unless one takes very long.
 * @throws StartError when the script cannot run in `directory`
 */
export const runInShell = async (
  pool: WarmPool,
  bootId: string | null,
  job: RunJob,
  directory: string,
  watch: RunWatch,
): Promise<RunningScript | null> => {
  const take = (): PreStartedShell | null => (job.env.length > 0 ? null : pool.take(job, directory));
  const taken = take();
  if (taken) return takeOver(pool, taken, bootId, job, directory, watch);
  if (!pool.coming) return null;
  await within(PROFILE_MS, Promise.race([pool.coming, anyAborted(watch.terminate, watch.kill)]));
  const late = take();
  return late && takeOver(pool, late, bootId, job, directory, watch);
};

const takeOver = async (
  pool: WarmPool,
  shell: PreStartedShell,
  bootId: string | null,
  job: RunJob,
  directory: string,
  watch: RunWatch,
): Promise<RunningScript | null> => {
  const script = asScript(shell, bootId, job);
  watch.started(script.identity); // now, so that it is stored while the shell becomes the script
  // One that is told to end may have begun: its run is ended like any other.
  const told = anyAborted(watch.terminate, watch.kill).then(() => 'begun' as const);
  const become = await Promise.race([shell.takeover(directory), told]);
  if (become === 'begun') return script;
  pool.discard(shell);
  if (become === 'out-of-date') {
    pool.discardAll(); // they have read the same profile, or an older one
    return null;
  }
  throw new StartError(become.noDirectory, 'cwd-missing');
};

const asScript = (shell: PreStartedShell, bootId: string | null, { token }: RunJob): RunningScript => ({
  process: shell.process,
  identity: identify(shell.process, bootId, cookieOf(token), shell.containment),
  containment: shell.containment,
  read: (deliver) => shell.read(deliver),
  hasNotBegun: () => false,
  outputClosed: () => undefined,
  whyNotBegun: () => null,
});
