import type { AuditEvent } from '../../src/domain/audit/audit-event.js';
import { encodeEvent, type EncodedEvent, type LogStream } from '../../src/domain/run/run-event.js';
import type { RunEnd, RunProgress, ScriptRun } from '../../src/domain/run/script-run.js';
import type { KeyedStart } from '../../src/domain/run/keyed-start.js';
import type { Script } from '../../src/domain/script/script.js';

let given = 0;

/** A new id, greater than every one given before. */
export const newId = (): string => `66000000${(++given).toString(16).padStart(16, '0')}`;

/** `seconds` after noon of a fixed day. */
export const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 15, 12) + seconds * 1000);

export const aScript = (given: Partial<Script> = {}): Script => {
  const id = given.id ?? newId();
  return {
    id,
    name: 'Rotate the logs',
    codeIdentifier: `rotate-${id}`,
    description: 'Keeps a week.\nAsk ops.',
    type: 'bash',
    runner: 'host',
    script: 'echo "$GREETING, wörld 🌍"\n',
    defaultWorkingDirectory: '/var/log',
    env: [
      { key: 'GREETING', value: 'hello' },
      { key: 'EMPTY', value: '' },
    ],
    timeoutMs: 60_000,
    enabled: true,
    confirm: false,
    revision: 1,
    createdAt: at(0),
    updatedAt: at(0),
    ...given,
  };
};

type RunSample = Partial<Omit<ScriptRun, 'meta'>> & { meta?: Partial<ScriptRun['meta']> };

export const aRun = ({ meta, ...given }: RunSample = {}): ScriptRun => ({
  id: given.id ?? newId(),
  scriptId: '65f0000000000000000000aa',
  status: 'queued',
  trigger: 'api',
  createdAt: at(0),
  updatedAt: at(0),
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  outputTail: '',
  claim: { owner: 'server-1', token: null, process: null },
  ...given,
  meta: {
    actor: { type: 'admin', name: 'admin' },
    address: '192.0.2.7',
    userAgent: 'curl/8.5.0',
    script: { name: 'Rotate the logs', codeIdentifier: 'rotate', type: 'bash', runner: 'host', revision: 3 },
    timeoutMs: 60_000,
    signal: null,
    reason: null,
    message: null,
    durationMs: null,
    output: { bytes: 0, lines: 0, droppedBytes: 0 },
    lastSeq: 0,
    cancel: null,
    leftovers: [],
    signalled: null,
    ...meta,
  },
});

/** A run that ended well after `durationMs`. */
export const aSuccess = (durationMs: number, given: RunSample = {}): ScriptRun =>
  aRun({
    status: 'succeeded',
    startedAt: at(1),
    finishedAt: new Date(at(1).getTime() + durationMs),
    exitCode: 0,
    ...given,
    meta: { durationMs, ...given.meta },
  });

export const aProgress = (given: Partial<RunProgress> = {}): RunProgress => ({
  outputTail: 'half\0way ✓\n',
  output: { bytes: 14, lines: 1, droppedBytes: 2 },
  lastSeq: 4,
  ...given,
});

export const anEnd = (given: Partial<RunEnd> = {}): RunEnd => ({
  status: 'succeeded',
  reason: null,
  message: null,
  exitCode: 0,
  signal: null,
  outputTail: 'done\n',
  output: { bytes: 5, lines: 1, droppedBytes: 0 },
  lastSeq: 9,
  leftovers: [],
  ...given,
});

export const aKeyedStart = (given: Partial<KeyedStart> = {}): KeyedStart => ({
  key: 'key-1 admin Ada Lovelace',
  request: '65f0000000000000000000aa api',
  runId: newId(),
  at: at(0),
  accepted: false,
  ...given,
});

export const anAuditEvent = (given: Partial<AuditEvent> = {}): AuditEvent => ({
  id: newId(),
  at: at(0),
  actor: { type: 'admin', name: 'admin' },
  action: 'scripts.update',
  outcome: 'success',
  entity: { type: 'script', id: '65f0000000000000000000aa', name: 'Rotate the logs' },
  runId: null,
  address: '192.0.2.7',
  changes: ['timeoutMs', 'script'],
  code: null,
  count: 1,
  ...given,
});

export const anAuthFailure = (given: Partial<AuditEvent> = {}): AuditEvent =>
  anAuditEvent({
    actor: { type: 'anonymous', name: '' },
    action: 'auth.failure',
    outcome: 'denied',
    entity: null,
    changes: [],
    code: null,
    ...given,
  });

export const aLogEvent = (seq: number, line = `line ${seq}\n`, stream: LogStream = 'stdout'): EncodedEvent =>
  encodeEvent({ seq, type: 'log', ts: at(seq).toISOString(), stream, line });

/** Events `from` … `to`, both included. */
export const logEvents = (from: number, to: number, line?: (seq: number) => string): EncodedEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => aLogEvent(from + i, line?.(from + i)));
