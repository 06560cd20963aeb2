import type { Actor } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import type { PageReport, PageReports } from '../ports/page-reports.js';
import type { GetRun } from './get-run.js';

/**
 * Takes what the page that runs a browser script tells of it: output, or its end.
 * @throws DomainError `run.not-found`, `run.unreadable`, `run.ended` (with the run), `run.not-reported-here`,
 *   `run.report-out-of-order` (with the part that is expected; nothing was taken)
 */
export type ReportRun = (command: { runId: string; actor: Actor; report: PageReport }) => Promise<void>;

export const makeReportRun =
  ({ getRun, pages }: { getRun: GetRun; pages: PageReports }): ReportRun =>
  async ({ runId, actor, report }) => {
    requireReportable(await getRun(runId), actor);
    const answer = await pages.take(runId, report);
    if (answer === 'taken') return;
    if (answer !== 'nobody') throw outOfOrder(report.part, answer.expected);
    requireReportable(await getRun(runId), actor); // it has ended meanwhile
    throw notHere('the run is reported to another server; send its reports to the one that started it');
  };

const requireReportable = (run: ScriptRun, actor: Actor): void => {
  if (run.meta.reportedBy !== 'page') throw notHere('the run is executed by the server; no page reports on it');
  if (run.meta.actor.name !== actor.name || run.meta.actor.type !== actor.type) {
    throw notHere(`the run was started by ${run.meta.actor.name}, whose page alone reports on it`);
  }
  if (isFinal(run.status)) {
    throw new DomainError('run.ended', `the run has ended as ${run.status}; stop the script`, { present: run });
  }
};

const outOfOrder = (part: number, expected: number): DomainError =>
  new DomainError('run.report-out-of-order', `report ${part} came before report ${expected}; send ${expected} first`, {
    expected,
  });

const notHere = (message: string): DomainError => new DomainError('run.not-reported-here', message);
