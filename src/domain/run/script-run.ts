import { DomainError } from '../errors.js';
import type { Actor, Origin } from '../actor.js';
import { isServerSide, type Runner, type Script, type ScriptType } from '../script/script.js';

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'timed_out'] as const;
export const TRIGGERS = ['manual', 'schedule', 'api'] as const;
/** Why a run did not succeed. */
export const REASONS = [
  'exit-code',
  'signal',
  'timeout',
  'canceled',
  'shutdown',
  'interrupted',
  'spawn-failed',
  'cwd-missing',
  'secret-unreadable',
  'script-disabled',
  'memory',
  'log-lost',
  'internal',
] as const;

export const ENDING_SIGNALS = ['SIGTERM', 'SIGKILL'] as const;
export const SURVIVORS = ['none', 'possible', 'some'] as const;

export type RunStatus = (typeof RUN_STATUSES)[number];
export type FinalStatus = Exclude<RunStatus, 'queued' | 'running'>;
export type Trigger = (typeof TRIGGERS)[number];
export type EndingSignal = (typeof ENDING_SIGNALS)[number];
export type Survivors = (typeof SURVIVORS)[number];
export type Reason = (typeof REASONS)[number];

export interface CancelRequest {
  readonly at: Date;
  readonly by: Actor;
}

/** How much a script has printed. `bytes` and `lines` count all of it, `droppedBytes` what of it is not in the log. */
export interface OutputCounts {
  readonly bytes: number;
  readonly lines: number;
  readonly droppedBytes: number;
}

/** A process that outlived its run's end. */
export interface Leftover {
  readonly pid: number;
  readonly command: string;
  /** True when Runlet ended it, false when it was left alone or could not be ended. */
  readonly ended: boolean;
  /** Clock ticks since boot, from /proc/PID/stat. Stored, never sent. Absent without a /proc, and in what was stored before it was recorded. */
  readonly startTime?: string | undefined;
}

/** What Runlet sent to end the processes of a run, and what came of it. */
export interface Signalled {
  /** In order. */
  readonly signals: readonly EndingSignal[];
  /** How many processes there were to end. */
  readonly processes: number;
  /** `possible`: none is known, but one that took off every mark of the run would not have been seen. Those that did survive are in `leftovers`. */
  readonly survivors: Survivors;
}

/** The process of a server. pid and start time together name it within its pid namespace, for as long as the machine is up. */
export interface ServerProcess {
  readonly pid: number;
  /** Clock ticks since boot, from /proc/PID/stat. */
  readonly startTime: string;
  readonly namespace: string;
}

/** Enough to know a process again after a restart, and never to take a stranger with the same pid for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, from /proc/PID/stat; null where there is no /proc. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /** The value of RUNLET_RUN_COOKIE in the environment of the run's processes. */
  readonly cookie: string;
  /** The run's cgroup v2 folder, where it has one. */
  readonly cgroup: string | null;
  /**
   * The server that started it, of the same boot. While that lives nobody else ends the process, even if a copy of the store says that it is
   * theirs. Absent where there is no /proc, and in what was stored before it was recorded.
   */
  readonly server?: ServerProcess | undefined;
}

/** Who runs it. Stored, never sent to a caller. */
export interface Claim {
  /** The server that accepted the run. Null for a run that was not accepted by Runlet. */
  readonly owner: string | null;
  /** The fencing token of the one execution, made at the claim. */
  readonly token: string | null;
  readonly process: ProcessIdentity | null;
}

export interface RunMeta {
  readonly actor: Actor;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** The script as it was when the run was accepted. */
  readonly script: {
    readonly name: string;
    readonly codeIdentifier: string;
    readonly type: ScriptType;
    readonly runner: Runner;
    readonly revision: number;
  };
  /** ms, the script's own or the server's default at acceptance. */
  readonly timeoutMs: number;
  /** Name of the signal that ended the script: `SIGKILL`. */
  readonly signal: string | null;
  readonly reason: Reason | null;
  /** `reason` in words where there is more to say: the folder that is missing, why the script could not be started. */
  readonly message: string | null;
  readonly durationMs: number | null;
  readonly output: OutputCounts;
  /** `seq` of the last event in the log. The final status and `done` follow it. */
  readonly lastSeq: number;
  readonly cancel: CancelRequest | null;
  readonly leftovers: readonly Leftover[];
  /** Null when there was nothing to end. */
  readonly signalled: Signalled | null;
  /** JSON value that a vm2 or browser script ended with. */
  readonly result?: unknown;
  /** Of a browser script: what the run printed and how it ended is what the page that ran it says. Absent: the server saw it. */
  readonly reportedBy?: 'page';
}

export interface ScriptRun {
  readonly id: string;
  readonly scriptId: string;
  readonly status: RunStatus;
  readonly trigger: Trigger;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly exitCode: number | null;
  /** The last bytes of both streams in order of arrival, cut at a character. */
  readonly outputTail: string;
  readonly meta: RunMeta;
  readonly claim: Claim;
}

/** A run as lists have it. */
export type RunSummary = Omit<ScriptRun, 'outputTail'>;

/** What the executor has learnt of a run so far. */
export interface RunProgress {
  readonly outputTail: string;
  readonly output: OutputCounts;
  readonly lastSeq: number;
}

/** All that a run's end decides. */
export interface RunEnd extends RunProgress {
  readonly status: FinalStatus;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly leftovers: readonly Leftover[];
  /** ms, as the executor measured it. Left out where nobody did: it is derived from the stored times. */
  readonly durationMs?: number;
  readonly signalled?: Signalled | null;
  readonly result?: unknown;
}

const NEXT: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'canceled', 'failed'],
  running: ['succeeded', 'failed', 'canceled', 'timed_out'],
  succeeded: [],
  failed: [],
  canceled: [],
  timed_out: [],
};

export const isFinal = (status: RunStatus): status is FinalStatus => NEXT[status].length === 0;

export const queueRun = (
  script: Script,
  details: { id: string; trigger: Trigger; origin: Origin; owner: string; defaultTimeoutMs: number; now: Date },
): ScriptRun => ({
  id: details.id,
  scriptId: script.id,
  status: 'queued',
  trigger: details.trigger,
  createdAt: details.now,
  updatedAt: details.now,
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  outputTail: '',
  meta: {
    actor: details.origin.actor,
    address: details.origin.address,
    userAgent: details.origin.userAgent,
    script: {
      name: script.name,
      codeIdentifier: script.codeIdentifier,
      type: script.type,
      runner: script.runner,
      revision: script.revision,
    },
    timeoutMs: script.timeoutMs ?? details.defaultTimeoutMs,
    signal: null,
    reason: null,
    message: null,
    durationMs: null,
    output: { bytes: 0, lines: 0, droppedBytes: 0 },
    lastSeq: 0,
    cancel: null,
    leftovers: [],
    signalled: null,
    ...(isServerSide(script) ? {} : { reportedBy: 'page' as const }),
  },
  claim: { owner: details.owner, token: null, process: null },
});

export const startRun = (run: ScriptRun, token: string, now: Date): ScriptRun => ({
  ...move(run, 'running', now),
  startedAt: now,
  claim: { ...run.claim, token },
});

/** Another server holds the run from now on, to end it. */
export const takeOverRun = (run: ScriptRun, token: string, now: Date): ScriptRun => ({
  ...run,
  updatedAt: now,
  claim: { ...run.claim, token },
});

/** A queued run that changes its owner. `cancel` is asked for in the same step, unless somebody has before. */
export interface Adoption {
  readonly from: string;
  readonly to: string;
  readonly cancel: CancelRequest | null;
}

/** Another server answers for the queued run from now on: to execute it or, with `cancel`, to end it. */
export const adoptRun = (run: ScriptRun, { to, cancel }: Adoption, now: Date): ScriptRun => ({
  ...run,
  updatedAt: now,
  meta: { ...run.meta, cancel: run.meta.cancel ?? cancel },
  claim: { ...run.claim, owner: to },
});

export const requestCancel = (run: ScriptRun, cancel: CancelRequest): ScriptRun =>
  isFinal(run.status) || run.meta.cancel ? run : { ...run, updatedAt: cancel.at, meta: { ...run.meta, cancel } };

export const recordProgress = (run: ScriptRun, { outputTail, output, lastSeq }: RunProgress, now: Date): ScriptRun => ({
  ...run,
  updatedAt: now,
  outputTail,
  meta: { ...run.meta, output, lastSeq },
});

export const finishRun = (run: ScriptRun, end: RunEnd, now: Date): ScriptRun => {
  const { status, exitCode, outputTail, reason, message, signal, output, lastSeq, leftovers } = end;
  return {
    ...move(run, status, now),
    finishedAt: now,
    exitCode,
    outputTail,
    meta: {
      ...run.meta,
      reason,
      message,
      signal,
      durationMs: run.startedAt && (end.durationMs ?? msBetween(run.startedAt, now)),
      output,
      lastSeq,
      leftovers,
      signalled: end.signalled ?? null,
      ...(end.result === undefined ? {} : { result: end.result }),
    },
  };
};

/** Of the leftovers of an ended run those of `pids` are gone. Nothing else of it changes. */
export const noteLeftoversEnded = (run: ScriptRun, pids: readonly number[], now: Date): ScriptRun => {
  const leftovers = run.meta.leftovers.map((left) => (pids.includes(left.pid) ? { ...left, ended: true } : left));
  return { ...run, updatedAt: now, meta: { ...run.meta, leftovers } };
};

/** Never negative: the time of day may have been set back in between. */
export const msBetween = (from: Date, to: Date): number => Math.max(0, to.getTime() - from.getTime());

const move = (run: ScriptRun, to: RunStatus, now: Date): ScriptRun => {
  if (!NEXT[run.status].includes(to)) {
    throw new DomainError('run.illegal-transition', `a run that is ${run.status} cannot become ${to}`);
  }
  return { ...run, status: to, updatedAt: now };
};
