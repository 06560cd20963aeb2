/**
 * What brings the database from each version to the next: the first makes version 1 of an empty one. One that was released never
 * changes; a new one is added at the end. Tables and columns are named as the contract's collections and fields; times are ms since
 * the epoch, what is nested is JSON. The long columns are the last, so that lists need not read past them.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE script_definitions (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    codeIdentifier TEXT NOT NULL,
    description TEXT NOT NULL,
    type TEXT NOT NULL,
    runner TEXT NOT NULL,
    defaultWorkingDirectory TEXT NOT NULL,
    env TEXT NOT NULL,
    timeoutMs INTEGER,
    enabled INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    script TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX script_definitions_by_identifier ON script_definitions (codeIdentifier);
  CREATE INDEX script_definitions_by_update ON script_definitions (updatedAt, id);

  CREATE TABLE script_revisions (
    scriptId TEXT NOT NULL,
    revision INTEGER NOT NULL,
    savedAt INTEGER NOT NULL,
    script TEXT NOT NULL,
    PRIMARY KEY (scriptId, revision)
  ) STRICT;

  CREATE TABLE script_runs (
    id TEXT PRIMARY KEY NOT NULL,
    scriptId TEXT NOT NULL,
    status TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    startedAt INTEGER,
    finishedAt INTEGER,
    exitCode INTEGER,
    owner TEXT,
    token TEXT,
    process TEXT,
    cancel TEXT,
    durationMs INTEGER,
    lastSeq INTEGER NOT NULL,
    output TEXT NOT NULL,
    accepted TEXT NOT NULL,
    ending TEXT NOT NULL,
    outputTail BLOB NOT NULL
  ) STRICT;
  CREATE INDEX script_runs_by_time ON script_runs (createdAt, id, "trigger");
  CREATE INDEX script_runs_by_status ON script_runs (status, createdAt, id, "trigger");
  CREATE INDEX script_runs_by_script ON script_runs (scriptId, createdAt, id, status, "trigger", durationMs);

  CREATE TABLE audit_events (
    id TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actorName TEXT NOT NULL,
    entityId TEXT,
    runId TEXT,
    address TEXT,
    code TEXT,
    count INTEGER NOT NULL,
    authFailureKey TEXT,
    actor TEXT NOT NULL,
    entity TEXT NOT NULL,
    changes TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_events_by_time ON audit_events (at, id);
  CREATE INDEX audit_events_by_action ON audit_events (action, at, id);
  CREATE INDEX audit_events_by_outcome ON audit_events (outcome, at, id);
  CREATE INDEX audit_events_by_actor ON audit_events (actorName, at, id);
  CREATE INDEX audit_events_by_entity ON audit_events (entityId, at, id);
  CREATE UNIQUE INDEX audit_events_by_auth_failure ON audit_events (authFailureKey);
  `,
  'ALTER TABLE script_definitions ADD COLUMN confirm INTEGER NOT NULL DEFAULT 0',
  `
  CREATE TABLE keyed_starts (
    key TEXT PRIMARY KEY NOT NULL,
    request TEXT NOT NULL,
    runId TEXT NOT NULL,
    at INTEGER NOT NULL,
    accepted INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keyed_starts_by_time ON keyed_starts (at);
  `,
  `
  ALTER TABLE script_runs ADD COLUMN unswept INTEGER;
  CREATE INDEX script_runs_unswept ON script_runs (owner) WHERE unswept = 1;
  `,
];
