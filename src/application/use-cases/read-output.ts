import type { LogEvent, OutputStream } from '../../domain/run/run-event.js';
import type { ScriptRun } from '../../domain/run/script-run.js';
import type { RunLog } from '../ports/run-log.js';
import { ReadableLog } from '../readable-log.js';
import type { GetRun } from './get-run.js';

const PAGE_EVENTS = 200;
/** What waits in memory until it is taken. */
const PAGE_BYTES = 128 * 1024;

/**
 * The stored output of a run, piece by piece in order of arrival: of one stream, or of both, and with `system` what Runlet said. Ends where
 * the log ends now.
 * @throws DomainError `run.not-found`, `run.unreadable` before the first piece
 */
export type ReadOutput = (query: { runId: string; stream?: OutputStream; system?: boolean }) => Promise<{
  name: string;
  /** Bytes that are missing at the end. */
  droppedBytes: number;
  /** Why, in words. */
  limit: string;
  pieces: AsyncIterable<LogEvent>;
}>;

export const makeReadOutput =
  ({ getRun, runLog }: { getRun: GetRun; runLog: RunLog }): ReadOutput =>
  async ({ runId, stream, system }) => {
    const run = await getRun(runId);
    return {
      name: `${run.meta.script.codeIdentifier || 'run'}-${runId}`,
      droppedBytes: run.meta.output.droppedBytes,
      limit: limitOf(run),
      pieces: outputPieces(new ReadableLog(runLog, run), stream, system),
    };
  };

const limitOf = ({ meta }: ScriptRun): string => {
  if (meta.reason === 'log-lost') return 'the log could not be written';
  return meta.reportedBy === 'page' ? 'the limit of browser scripts' : 'MAX_LOG_BYTES';
};

/** Log events of the script's own streams, of Runlet's only with `system`. Where the rest cannot be read, the last piece is a `system` event that says so. */
export async function* outputPieces(log: ReadableLog, stream?: OutputStream, system = false): AsyncGenerator<LogEvent> {
  for (let seq = 0; ;) {
    const { events, cutShort } = await log.read(seq, PAGE_EVENTS, PAGE_BYTES);
    const last = events.at(-1);
    if (!last) return;
    seq = last.seq;
    for (const { type, json } of events) {
      if (type !== 'log') continue;
      const event = JSON.parse(json) as LogEvent;
      const isWanted = event.stream === 'system' ? system : stream === undefined || event.stream === stream;
      if (isWanted || cutShort) yield event;
    }
    if (cutShort) return;
  }
}
