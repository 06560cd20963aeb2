import { startBrowserRun } from '../api/browser-runs.js';
import { BrowserRun } from './browser-run.js';

/** The browser scripts that run in this page. They go on while the admin moves about in the console. */
const runs = new Map<string, BrowserRun>();
const changes = new EventTarget();

/** Starts a run and executes it in this page. @returns its id @throws ApiError */
export const runInPage = async (scriptId: string): Promise<string> => {
  const job = await startBrowserRun(scriptId);
  const run = new BrowserRun(job, () => forget(job.runId));
  runs.set(job.runId, run);
  if (runs.size === 1) guardPage();
  changes.dispatchEvent(new Event('change'));
  return job.runId;
};

/** Whether the run goes on in this page, and nowhere else. */
export const runsInPage = (runId: string): boolean => runs.has(runId);

/** Ends the script of a run at once, if it is executed here. The run itself is ended by `cancelRun`, which is to follow. */
export const stopInPage = async (runId: string): Promise<void> => runs.get(runId)?.stop();

/** @param listener called when a run begins or ends in this page @returns stops that */
export const onRunsInPage = (listener: () => void): (() => void) => {
  changes.addEventListener('change', listener);
  return () => changes.removeEventListener('change', listener);
};

const forget = (runId: string): void => {
  if (!runs.delete(runId)) return;
  if (runs.size === 0) unguardPage();
  changes.dispatchEvent(new Event('change'));
};

const guardPage = (): void => {
  window.addEventListener('beforeunload', warn);
  window.addEventListener('pagehide', leave);
};

const unguardPage = (): void => {
  window.removeEventListener('beforeunload', warn);
  window.removeEventListener('pagehide', leave);
};

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

const leave = (): void => {
  for (const [runId, run] of runs) {
    run.leave();
    forget(runId);
  }
};
