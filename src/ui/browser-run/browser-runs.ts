import { startBrowserRun } from '../api/browser-runs.js';
import { BrowserRun } from './browser-run.js';
import { type PageRun, PageRunsBar } from './page-runs-bar.js';

/** The browser scripts that run in this page. They go on while the admin moves about in the console. */
const runs = new Map<string, PageRun & { leave(): void }>();
const bar = new PageRunsBar();

/** Starts a run and executes it in this page. @returns its id @throws ApiError */
export const runInPage = async (script: { id: string; name: string }): Promise<string> => {
  const job = await startBrowserRun(script.id);
  const { runId } = job;
  const run = new BrowserRun(job, () => forget(runId));
  if (runs.size === 0) guardPage();
  runs.set(runId, { runId, name: script.name, stop: () => run.stop(), leave: () => run.leave() });
  bar.runs = [...runs.values()];
  return runId;
};

/** Ends the script of a run at once, if it is executed here. The run itself is ended by `cancelRun`, which is to follow. */
export const stopInPage = async (runId: string): Promise<void> => runs.get(runId)?.stop();

const forget = (runId: string): void => {
  if (!runs.delete(runId)) return;
  if (runs.size === 0) unguardPage();
  bar.runs = [...runs.values()];
};

const guardPage = (): void => {
  document.body.append(bar);
  window.addEventListener('beforeunload', warn);
  window.addEventListener('pagehide', leave);
};

const unguardPage = (): void => {
  bar.remove();
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
