import type { RunListItem } from '../api/runs.js';
import { formatDuration } from '../format/duration.js';
import { showBidiControls } from '../format/bidi-controls.js';

/** How a run ended, in the few words that a row has room for; empty for a success and for one that has not ended. */
export const resultWords = (run: RunListItem): string => {
  const { reason, signal, timeoutMs, cancel } = run.meta;
  switch (reason) {
    case null:
      return '';
    case 'exit-code':
      return `exit code ${run.exitCode ?? '?'}`;
    case 'signal':
      return signal ?? 'signal';
    case 'timeout':
      return `limit of ${formatDuration(timeoutMs)}`;
    case 'canceled':
      return cancel ? `by ${showBidiControls(cancel.by.name)}` : '';
    case 'script-disabled':
      return 'script disabled';
    default:
      return reason.replace('-', ' ');
  }
};
