import type { RunItem, RunListItem } from '../api/runs.js';
import { showBidiControls } from '../format/bidi-controls.js';

export type ReadableRun = Exclude<RunItem, { invalid: unknown }>;
export type Reason = NonNullable<RunListItem['meta']['reason']>;

type Words = (run: Pick<ReadableRun, 'exitCode' | 'meta'>) => string;

/** Why a run did not succeed, for a person. `meta.message`, where there is one, is said beside it. */
const WORDS: Readonly<Record<Reason, Words>> = {
  'exit-code': ({ exitCode }) => `The script ended with exit code ${exitCode ?? 'unknown'}.`,
  signal: ({ meta }) => `The signal ${meta.signal ?? ''} ended the script; Runlet did not send it.`,
  timeout: ({ meta }) => `It took longer than its time limit of ${limit(meta.timeoutMs)}, so Runlet ended it.`,
  canceled: ({ meta }) => (meta.cancel ? `${showBidiControls(meta.cancel.by.name)} canceled it.` : 'It was canceled.'),
  shutdown: () => 'The server was stopped while it ran, and ended it.',
  interrupted: ({ meta }) =>
    meta.reportedBy === 'page'
      ? 'The page that ran it, or the server, was lost. How far it got is not known.'
      : 'The server died while it ran. How far it got is not known; it was not started again.',
  'spawn-failed': () => 'The script could not be started.',
  'cwd-missing': () => 'Its working directory does not exist.',
  'secret-unreadable': () => 'A secret of the script could not be decrypted, so it was not started.',
  'script-disabled': () => 'The script was disabled before its turn came.',
  memory: () => 'The script took more memory than it may have.',
  'log-lost': () => 'Its output could not be stored, so how it went is not known.',
  internal: () => 'Runlet itself failed at it, so how it went is not known.',
};

/** Null for a run that succeeded or has not ended. */
export const reasonInWords = (run: Pick<ReadableRun, 'exitCode' | 'meta'>): string | null => {
  const { reason } = run.meta;
  if (reason === null) return null;
  // A newer server may know reasons that this page does not.
  return (WORDS as Partial<Record<string, Words>>)[reason]?.(run) ?? `It ended for the reason “${reason}”.`;
};

const LEFT = { none: 'none is left', possible: 'none is known to be left', some: 'some are left' } as const;

/** What Runlet sent to end a run; null when there was nothing to end. */
export const signalsInWords = ({ meta: { signalled } }: Pick<ReadableRun, 'meta'>): string | null => {
  if (!signalled) return null;
  const { signals, processes, survivors } = signalled;
  const to = processes === 1 ? '1 process' : `${processes} processes`;
  return `Runlet sent ${signals.join(' and ')} to ${to}; ${LEFT[survivors]}.`;
};

const limit = (ms: number): string => {
  if (ms < 1000) return `${ms} ms`;
  if (ms % 60_000 === 0) return ms === 60_000 ? '1 minute' : `${ms / 60_000} minutes`;
  return `${ms / 1000} seconds`;
};
