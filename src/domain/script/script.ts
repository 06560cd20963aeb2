import type { FieldIssue } from '../errors.js';
import type { EnvEntry } from './env-entry.js';

export const SCRIPT_TYPES = ['bash', 'node', 'browser'] as const;
export const RUNNERS = ['host', 'vm2', 'browser'] as const;
export type ScriptType = (typeof SCRIPT_TYPES)[number];
export type Runner = (typeof RUNNERS)[number];

/** Which runners a type may have; the first is what it gets when none is named. */
export const RUNNERS_OF: Readonly<Record<ScriptType, readonly [Runner, ...Runner[]]>> = {
  bash: ['host'],
  node: ['host', 'vm2'],
  browser: ['browser'],
};

/** What an admin decides about a script. */
export interface ScriptFields<Env = EnvEntry> {
  readonly name: string;
  readonly codeIdentifier: string;
  readonly description: string;
  readonly type: ScriptType;
  readonly runner: Runner;
  /** The body, 1 byte to 1 MiB. */
  readonly script: string;
  /** Absolute, or empty for the home of the user that runs it. */
  readonly defaultWorkingDirectory: string;
  readonly env: readonly Env[];
  /** ms, or null for the server's default. */
  readonly timeoutMs: number | null;
  readonly enabled: boolean;
  /** Whoever starts it from a page is asked first, by its name. For clients to heed: a start over the API is not refused. */
  readonly confirm: boolean;
}

export interface Script extends ScriptFields {
  readonly id: string;
  /** 1 for the first saved; 0 for a document that another application wrote and Runlet has not yet saved or run. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A stored document that breaks the rules of a script: shown, repaired by an update, deleted, but never run. */
export interface BrokenScript {
  readonly id: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly broken: readonly FieldIssue[];
  /** The fields that could be read, of the right type but not necessarily within the rules. */
  readonly salvage: Partial<ScriptFields>;
}

export type StoredScript = Script | BrokenScript;

export const isBroken = (script: StoredScript): script is BrokenScript => 'broken' in script;

/** One saved state of a script. A run executes exactly the one it was started with. */
export interface ScriptRevision {
  readonly scriptId: string;
  readonly revision: number;
  readonly savedAt: Date;
  readonly script: Script;
}

/** The state that the script is in. */
export const revisionOf = (script: Script): ScriptRevision => ({
  scriptId: script.id,
  revision: script.revision,
  savedAt: script.updatedAt,
  script,
});

export const isServerSide = (script: Pick<ScriptFields, 'runner'>): boolean => script.runner !== 'browser';
