import type { InputOf } from '../../adapters/http/contract/route-spec.js';
import type { Routes } from '../../adapters/http/contract/routes.js';
import type { Answer } from './answers.js';
import { type Cancelable, request } from './request.js';

/** What is to be run here: the revision that the run was accepted with. */
export type PageJob = Answer<'startBrowserRun'>;
export type PageReport = InputOf<Routes['reportRun']>['body'];

/** Starts a run of a browser script, which this page has to execute and to report on. */
export const startBrowserRun = (scriptId: string, options?: Cancelable): Promise<PageJob> =>
  request('POST', `scripts/${scriptId}/browser-runs`, options);

/** @throws ApiError `run.ended` when the run was canceled or given up meanwhile */
export const reportRun = async (
  runId: string,
  report: PageReport,
  options?: Cancelable & { keepalive?: boolean },
): Promise<void> => {
  await request<Answer<'reportRun'>>('POST', `scripts/runs/${runId}/report`, { body: report, ...options });
};
