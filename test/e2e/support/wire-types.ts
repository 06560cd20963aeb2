/** What the API answers, as the contract has it; written down here once more, so that these tests share nothing with the server. */
export interface ScriptJson {
  readonly id: string;
  readonly _id: string;
  readonly name: string;
  readonly codeIdentifier: string;
  readonly description: string;
  readonly type: string;
  readonly runner: string;
  readonly script: string;
  readonly defaultWorkingDirectory: string;
  readonly env: readonly { key: string; value?: string; secret?: true }[];
  readonly timeoutMs: number | null;
  readonly enabled: boolean;
  readonly confirm: boolean;
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ActorJson {
  readonly type: string;
  readonly name: string;
}

export interface RunJson {
  readonly id: string;
  readonly _id: string;
  readonly scriptId: string;
  readonly status: string;
  readonly trigger: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly exitCode: number | null;
  readonly outputTail: string;
  readonly meta: {
    readonly actor: ActorJson;
    readonly address: string | null;
    readonly script: { readonly name: string; readonly revision: number };
    readonly timeoutMs: number;
    readonly signal: string | null;
    readonly reason: string | null;
    readonly message: string | null;
    readonly durationMs: number | null;
    readonly output: { readonly bytes: number; readonly lines: number; readonly droppedBytes: number };
    readonly lastSeq: number;
    readonly cancel: { readonly at: string; readonly by: ActorJson } | null;
    readonly leftovers: readonly { readonly pid: number; readonly command: string; readonly ended: boolean }[];
    readonly signalled: SignalledJson | null;
    readonly result?: unknown;
    readonly reportedBy?: string;
  };
}

export interface SignalledJson {
  readonly signals: readonly string[];
  readonly processes: number;
  readonly survivors: string;
}

export interface EventJson {
  readonly seq: number;
  readonly type: 'status' | 'log' | 'done';
  readonly ts: string;
  readonly status?: string;
  readonly phase?: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly reason?: string | null;
  readonly stream?: 'stdout' | 'stderr' | 'system';
  readonly line?: string;
  readonly base64?: string;
}

export interface AuditJson {
  readonly id: string;
  readonly at: string;
  readonly actor: ActorJson;
  readonly action: string;
  readonly outcome: string;
  readonly entity: { readonly type: string; readonly id: string | null; readonly name: string | null } | null;
  readonly runId: string | null;
  readonly address: string | null;
  readonly changes: readonly string[];
  readonly code: string | null;
  readonly count: number;
}

export interface ErrorJson {
  readonly error: string;
  readonly code: string;
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  readonly item?: unknown;
}

export interface Listed<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}
