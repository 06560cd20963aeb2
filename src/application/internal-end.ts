import type { RunOutcome } from '../domain/run/run-outcome.js';
import type { RunEnd } from '../domain/run/script-run.js';

const MESSAGE_CHARACTERS = 1000;

/** The end of a run at which Runlet itself failed before the script was started. @param error without secrets */
export const internalEnd = (error: unknown, lastSeq: number): RunEnd => ({
  status: 'failed',
  reason: 'internal',
  message: inShort(`Runlet failed before the script was started: ${messageOf(error)}`),
  exitCode: null,
  signal: null,
  leftovers: [],
  outputTail: '',
  output: { bytes: 0, lines: 0, droppedBytes: 0 },
  lastSeq,
});

/** What is left of an end that the store refuses: all but what scripts and errors may have put into it. */
export const reducedEnd = (end: RunEnd, refusal: unknown): RunEnd => {
  const how = end.exitCode === null ? end.status : `${end.status}, exit code ${end.exitCode}`;
  const { exitCode, output, lastSeq, durationMs } = end;
  return {
    status: 'failed',
    reason: 'internal',
    message: inShort(
      end.reason === 'internal'
        ? (end.message ?? '')
        : `how it ended (${how}) could not be stored: ${messageOf(refusal)}`,
    ),
    exitCode,
    signal: null,
    leftovers: [],
    outputTail: '',
    output,
    lastSeq,
    ...(durationMs === undefined ? {} : { durationMs }),
  };
};

/** What became of a script at which Runlet itself failed. @param message without secrets */
export const failedOutcome = (message: string): Extract<RunOutcome, { kind: 'exited' }> => ({
  kind: 'exited',
  exitCode: null,
  signal: null,
  leftovers: [],
  reason: 'internal',
  message: inShort(message),
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const inShort = (message: string): string =>
  message.length > MESSAGE_CHARACTERS ? `${message.slice(0, MESSAGE_CHARACTERS)}…` : message;
