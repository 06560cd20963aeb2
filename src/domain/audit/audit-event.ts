import type { Actor } from '../actor.js';

export const AUDIT_ACTIONS = [
  'scripts.create',
  'scripts.update',
  'scripts.delete',
  'scripts.run',
  'scripts.cancel',
  'scripts.release',
  'auth.failure',
] as const;
export const AUDIT_OUTCOMES = ['success', 'failure', 'denied'] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export interface AuditEvent {
  readonly id: string;
  readonly at: Date;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  /** What it was done to. `id` is null for a script that was refused before it had one. */
  readonly entity: { readonly type: 'script'; readonly id: string | null; readonly name: string | null } | null;
  readonly runId: string | null;
  readonly address: string | null;
  /** Names of the fields that changed, never their values. */
  readonly changes: readonly string[];
  /** Code of the error, when the outcome is not success. */
  readonly code: string | null;
  /** How often it happened: more than 1 only for wrong passwords from one address within one minute. */
  readonly count: number;
}
