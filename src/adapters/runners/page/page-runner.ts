import type { Clock } from '../../../application/ports/clock.js';
import type { PageReport, PageReports } from '../../../application/ports/page-reports.js';
import type { RunJob, RunWatch, ScriptRunner } from '../../../application/ports/script-runner.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import type { ScriptRun } from '../../../domain/run/script-run.js';
import { lost, PageRun } from './page-run.js';

/** Runs browser scripts by waiting for what pages report. The scripts themselves never come here. */
export class PageRunner implements ScriptRunner, PageReports {
  readonly #clock: Clock;
  readonly #expected = new Map<string, PageRun>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect({ id, meta }: Pick<ScriptRun, 'id' | 'meta'>): void {
    const run = new PageRun(this.#clock, meta.timeoutMs);
    this.#expected.set(id, run);
    void run.ended.finally(() => this.#expected.delete(id));
  }

  async take(runId: string, report: PageReport): ReturnType<PageReports['take']> {
    return (await this.#expected.get(runId)?.take(report)) ?? 'nobody';
  }

  async run({ runId }: RunJob, watch: RunWatch): Promise<RunOutcome> {
    const run = this.#expected.get(runId);
    return run ? run.execute(watch) : lost('no page reports on it');
  }

  async close(): Promise<void> {
    for (const run of this.#expected.values()) run.end(lost('the server stopped'));
  }
}
