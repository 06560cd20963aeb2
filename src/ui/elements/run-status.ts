import type { RunStatus } from '../api/runs.js';
import type { IconName } from './icons.js';

export interface StatusLook {
  readonly word: string;
  readonly icon: IconName;
  /** Name of the colour token: `--color-${tone}`. */
  readonly tone: 'neutral' | 'info' | 'success' | 'danger' | 'warning';
}

/** How each status of a run is written and drawn, everywhere. */
export const STATUS_LOOK: Readonly<Record<RunStatus, StatusLook>> = {
  queued: { word: 'Queued', icon: 'dashed', tone: 'neutral' },
  running: { word: 'Running', icon: 'spinner', tone: 'info' },
  succeeded: { word: 'Succeeded', icon: 'check-circle', tone: 'success' },
  failed: { word: 'Failed', icon: 'x-circle', tone: 'danger' },
  canceled: { word: 'Canceled', icon: 'slash', tone: 'neutral' },
  timed_out: { word: 'Timed out', icon: 'timer-off', tone: 'warning' },
};

export const isLive = (status: RunStatus): boolean => status === 'queued' || status === 'running';
