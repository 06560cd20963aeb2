import type { Clock } from '../../application/ports/clock.js';
import type { EventBus } from '../../application/ports/event-bus.js';
import type { RunQueue } from '../../application/ports/run-queue.js';
import type { ScriptRunner } from '../../application/ports/script-runner.js';
import { isFinal, msBetween, type RunSummary } from '../../domain/run/script-run.js';
import type { Exposition } from './exposition.js';

/** s; from the first output of `echo` to a day. */
const DURATIONS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
const WAITS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400];

/** Counts what this server does with runs, from what everybody may hear of them. */
export const measureRuns = (exposition: Exposition, bus: EventBus, queue: RunQueue, clock: Clock): void => {
  const ended = exposition.counter('runlet_runs_total', 'Runs that have ended, by outcome.');
  const duration = exposition.histogram('runlet_run_duration_seconds', 'From start to end of a run.', DURATIONS);
  const wait = exposition.histogram('runlet_queue_wait_seconds', 'From acceptance to start of a run.', WAITS);
  exposition.gauge('runlet_runs_running', 'Runs that this server executes now.', () => queue.running);
  exposition.gauge('runlet_queue_length', 'Runs that wait in the queue of this server.', () => queue.waiting);
  /** When runs that wait were accepted, on the monotonic clock. Those of an earlier start are not among them. */
  const acceptedAt = new Map<string, number>();
  const waitedMs = ({ id, createdAt, startedAt }: RunSummary): number => {
    const accepted = acceptedAt.get(id);
    return accepted === undefined ? msBetween(createdAt, startedAt ?? createdAt) : clock.monotonic() - accepted;
  };
  bus.subscribeRuns((run) => {
    if (run.status === 'queued') {
      acceptedAt.set(run.id, clock.monotonic());
      return;
    }
    if (run.status === 'running') wait.observe(waitedMs(run) / 1000);
    acceptedAt.delete(run.id);
    if (!isFinal(run.status)) return;
    const { runner } = run.meta.script;
    ended.add(1, { status: run.status, reason: run.meta.reason ?? '', runner });
    if (run.meta.durationMs !== null) duration.observe(run.meta.durationMs / 1000, { runner });
  });
};

/** Counts what scripts print, before anything of it is dropped. */
export const countOutput = (exposition: Exposition): ((runner: ScriptRunner) => ScriptRunner) => {
  const bytes = exposition.counter('runlet_output_bytes_total', 'Bytes that scripts have printed.');
  for (const stream of ['stdout', 'stderr']) bytes.add(0, { stream });
  return (runner) => ({
    run: (job, watch) =>
      runner.run(job, {
        ...watch,
        output: (stream, text, size) => {
          bytes.add(size, { stream });
          return watch.output(stream, text, size);
        },
      }),
    close: () => runner.close(),
  });
};
