import { runScript, type ScriptSummaryItem } from '../api/scripts.js';
import { ask } from '../elements/confirm-dialog.js';

/** What has to be known of a script to start it. */
export type StartableScript = Pick<ScriptSummaryItem, 'id' | 'name' | 'type' | 'confirm'>;

/**
 * Starts a run of the script as it is saved, wherever its type runs: on the server, or in this page. Asks first where the script wants it.
 * @returns the id of the run, which `to.run` shows; null when the admin said no
 * @throws ApiError
 */
export const startScript = async (script: StartableScript): Promise<string | null> => {
  if (script.confirm && !(await ask({ heading: `Run “${script.name ?? ''}”?`, text: ASKS, yes: 'Run' }))) return null;
  if (script.type !== 'browser') return runScript(script.id);
  const { runInPage } = await import('../browser-run/browser-runs.js');
  return runInPage({ id: script.id, name: script.name ?? script.id });
};

const ASKS = 'This script asks before it runs.';
