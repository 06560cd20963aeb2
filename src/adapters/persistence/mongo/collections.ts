import type { Indexes } from './opening/indexes.js';
import { PENDING } from './outbox.js';

export const COLLECTIONS = {
  scripts: 'script_definitions',
  revisions: 'script_revisions',
  runs: 'script_runs',
  runLogs: 'script_run_logs',
  audit: 'audit_events',
  keyedStarts: 'keyed_starts',
  /** What the store remembers for itself. */
  meta: 'runlet_meta',
} as const;

const pending = { [`${PENDING}.id`]: 1 } as const;
const newestRun = { createdAt: -1, _id: -1 } as const;
const newestEvent = { at: -1, _id: -1 } as const;

/** One index for each order and filter of the lists, and for what a server asks at its start. */
export const INDEXES: Readonly<Record<string, Indexes>> = {
  [COLLECTIONS.scripts]: { unique: [{ codeIdentifier: 1 }], other: [], sparse: [pending] },
  [COLLECTIONS.revisions]: { unique: [{ scriptId: 1, revision: 1 }], other: [] },
  [COLLECTIONS.runs]: {
    unique: [],
    other: [
      newestRun,
      { scriptId: 1, ...newestRun },
      { scriptId: 1, status: 1, ...newestRun },
      { status: 1, ...newestRun },
      { trigger: 1, ...newestRun },
      { 'claim.owner': 1, status: 1 },
    ],
    sparse: [pending],
  },
  [COLLECTIONS.runLogs]: { unique: [{ runId: 1, seq: 1 }], other: [] },
  [COLLECTIONS.keyedStarts]: { unique: [], other: [{ at: 1 }] },
  [COLLECTIONS.audit]: {
    unique: [],
    other: [
      newestEvent,
      { action: 1, ...newestEvent },
      { 'actor.name': 1, ...newestEvent },
      { 'entity.id': 1, ...newestEvent },
      { outcome: 1, ...newestEvent },
    ],
  },
};
