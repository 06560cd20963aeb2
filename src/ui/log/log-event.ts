import type { RunEventItem } from '../api/runs.js';

/** A piece of output. */
export type LogEventItem = Extract<RunEventItem, { type: 'log' }>;
export type LogStream = LogEventItem['stream'];
export const STREAMS: readonly LogStream[] = ['stdout', 'stderr', 'system'];
