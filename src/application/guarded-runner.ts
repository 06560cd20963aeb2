import type { RunWatch, ScriptRunner } from './ports/script-runner.js';

/**
 * The same runner, which no error of ours reaches: where a call of its `watch` throws, `failed` is told, and the runner goes on. In the
 * callback of a pipe such an error would end the server.
 */
export const guardedRunner = (runner: ScriptRunner, failed: (error: unknown) => void): ScriptRunner => ({
  run: (job, watch) => runner.run(job, guarded(watch, failed)),
  close: () => runner.close(),
});

const guarded = (watch: RunWatch, failed: (error: unknown) => void): RunWatch => {
  const guard =
    <Args extends unknown[], Answer>(call: (...args: Args) => Answer) =>
    (...args: Args): Answer | undefined => {
      try {
        return call(...args);
      } catch (error) {
        failed(error);
        return undefined;
      }
    };
  return {
    started: guard((process) => watch.started(process)),
    output: guard((...piece: Parameters<RunWatch['output']>) => watch.output(...piece)),
    dropped: guard((bytes) => watch.dropped(bytes)),
    phase: guard((phase) => watch.phase(phase)),
    note: guard((message) => watch.note(message)),
    terminate: watch.terminate,
    kill: watch.kill,
  };
};
