import { type FinalStatus, type Reason, type RunStatus, type ScriptRun, isFinal } from './script-run.js';

export type OutputStream = 'stdout' | 'stderr';
/** `system` is Runlet itself speaking. */
export type LogStream = OutputStream | 'system';
export type EndingPhase = 'terminating' | 'killing';

/** One event of a run; `seq` counts them without a gap from 1, `ts` is ISO 8601 in UTC with ms. */
export type RunEvent = StatusEvent | LogEvent | DoneEvent;

export interface StatusEvent {
  readonly seq: number;
  readonly type: 'status';
  readonly ts: string;
  readonly status: RunStatus;
  readonly phase?: EndingPhase;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly reason?: Reason | null;
}

export interface LogEvent {
  readonly seq: number;
  readonly type: 'log';
  readonly ts: string;
  readonly stream: LogStream;
  /** Text exactly as printed, newlines included: the `line`s of a stream, joined, are its output. */
  readonly line: string;
  /** Its bytes, where they are not UTF-8; `line` has U+FFFD in place of what is not. */
  readonly base64?: string;
}

export interface DoneEvent {
  readonly seq: number;
  readonly type: 'done';
  readonly ts: string;
  readonly status: FinalStatus;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: Reason | null;
}

/** An event before it has its place in the run. */
export type NewEvent = Omit<StatusEvent, 'seq'> | Omit<LogEvent, 'seq'>;

/** An event as the log keeps it and viewers get it: `json` is one line, the `data` of its SSE frame. */
export interface EncodedEvent {
  readonly seq: number;
  readonly type: RunEvent['type'];
  readonly json: string;
}

/** `seq` and `type` come first in the line, so that a reader of the log finds them without parsing all of it. */
export const encodeEvent = ({ seq, type, ...rest }: RunEvent): EncodedEvent => ({
  seq,
  type,
  json: JSON.stringify({ seq, type, ...rest }),
});

/** The event that was encoded; null when the text is none. */
export const decodeEvent = (json: string): RunEvent | null => {
  try {
    const event: unknown = JSON.parse(json);
    return isEvent(event) ? event : null;
  } catch {
    return null;
  }
};

/** Checks what readers of events rely on. */
const isEvent = (event: unknown): event is RunEvent => {
  if (typeof event !== 'object' || event === null) return false;
  const { seq, type, ts, stream, line, base64, status } = event as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(seq) || typeof ts !== 'string') return false;
  if (type === 'log') {
    return typeof line === 'string' && STREAMS.has(stream) && (base64 === undefined || isBase64(base64));
  }
  return (type === 'status' || type === 'done') && typeof status === 'string';
};

const isBase64 = (value: unknown): boolean =>
  typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);

const STREAMS: ReadonlySet<unknown> = new Set<LogStream>(['stdout', 'stderr', 'system']);

export const queuedEvent = (run: ScriptRun): StatusEvent => ({
  seq: 1,
  type: 'status',
  ts: run.createdAt.toISOString(),
  status: 'queued',
});

/** `seq` of a finished run's `done`. */
export const doneSeq = (run: Pick<ScriptRun, 'meta'>): number => run.meta.lastSeq + 2;

/** The last two events of a finished run, which no log keeps: they are made from the run. */
export const finalEvents = (run: ScriptRun): readonly [StatusEvent, DoneEvent] => {
  if (!isFinal(run.status)) throw new Error(`run ${run.id} has not ended: it is ${run.status}`);
  const end = { status: run.status, exitCode: run.exitCode, signal: run.meta.signal, reason: run.meta.reason };
  const ts = (run.finishedAt ?? run.updatedAt).toISOString();
  const seq = run.meta.lastSeq + 1;
  return [
    { seq, type: 'status', ts, ...end },
    { seq: seq + 1, type: 'done', ts, ...end },
  ];
};
