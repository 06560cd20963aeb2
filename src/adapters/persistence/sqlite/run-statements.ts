import { PREVIEW_ROW_BYTES } from '../rows/run-row.js';

/** Each change of a run is one statement, conditional on the state it starts from, that answers the run as it is then. */

const SUMMARY = `
  id, scriptId, status, "trigger", createdAt, updatedAt, startedAt, finishedAt, exitCode, owner, token, process, cancel, durationMs,
  lastSeq, output, accepted, ending`;

export const INSERT = `
  INSERT INTO script_runs (${SUMMARY}, outputTail) VALUES (
    :id, :scriptId, :status, :trigger, :createdAt, :updatedAt, :startedAt, :finishedAt, :exitCode, :owner, :token, :process, :cancel,
    :durationMs, :lastSeq, :output, :accepted, :ending, :outputTail
  ) ON CONFLICT (id) DO NOTHING`;

export const FIND = 'SELECT * FROM script_runs WHERE id = :id';

export const SELECT_SUMMARIES = `SELECT ${SUMMARY} FROM script_runs`;
export const SELECT_PREVIEWS = `
  SELECT ${SUMMARY}, substr(outputTail, -${PREVIEW_ROW_BYTES}) AS outputTail FROM script_runs`;
export const FILTERS = {
  scriptId: 'scriptId = :scriptId',
  status: 'status = :status',
  trigger: '"trigger" = :trigger',
};

export const CLAIM = `
  UPDATE script_runs SET status = 'running', token = :token, startedAt = :now, updatedAt = :now
  WHERE id = :id AND status = 'queued' RETURNING *`;

export const RECORD_PROCESS = `
  UPDATE script_runs SET process = :process WHERE id = :id AND status = 'running' AND token = :token`;

export const RECORD_PROGRESS = `
  UPDATE script_runs SET outputTail = :outputTail, output = :output, lastSeq = :lastSeq, updatedAt = :now
  WHERE id = :id AND status = 'running' AND token = :token RETURNING *`;

export const REQUEST_CANCEL = `
  UPDATE script_runs SET cancel = :cancel, updatedAt = :now
  WHERE id = :id AND status IN ('queued', 'running') AND cancel IS NULL RETURNING *`;

const FINISH = `
  UPDATE script_runs SET
    status = :status, finishedAt = :now, updatedAt = :now, durationMs = coalesce(:durationMs, max(0, :now - startedAt)),
    exitCode = :exitCode, ending = :ending, output = :output, lastSeq = :lastSeq, outputTail = :outputTail
  WHERE id = :id`;
export const FINISH_QUEUED = `${FINISH} AND status = 'queued' RETURNING *`;
export const FINISH_RUNNING = `${FINISH} AND status = 'running' AND token = :token RETURNING *`;

const ACTIVE = `SELECT * FROM script_runs WHERE status IN ('queued', 'running')`;
export const ACTIVE_OF_OWNER = `${ACTIVE} AND owner = :owner ORDER BY createdAt, id`;
/** Of other owners than this one: what another application wrote has none. */
export const ELSEWHERE = `
  ${SELECT_SUMMARIES} WHERE status = :status AND owner <> :owner ORDER BY createdAt, id`;
export const ADOPT = `
  UPDATE script_runs SET owner = :to, cancel = coalesce(cancel, :cancel), updatedAt = :now
  WHERE id = :id AND status = 'queued' AND owner = :from RETURNING *`;
export const TAKE_OVER = `
  UPDATE script_runs SET token = :token, updatedAt = :now, unswept = 1
  WHERE id = :id AND status = 'running' AND token = :seenToken AND updatedAt = :seenAt RETURNING *`;
export const UNSWEPT_OF_OWNER = 'SELECT * FROM script_runs WHERE owner = :owner AND unswept = 1';
export const NOTE_SWEPT = 'UPDATE script_runs SET unswept = NULL WHERE id = :id';
export const ACTIVE_OF_SCRIPT = `${ACTIVE} AND scriptId = :scriptId ORDER BY createdAt, id`;

const OF_SCRIPT = 'WHERE scriptId = :scriptId';
const NEWEST_FIRST = 'ORDER BY createdAt DESC, id DESC';
export const LAST_OF_SCRIPT = `${SELECT_SUMMARIES} ${OF_SCRIPT} ${NEWEST_FIRST} LIMIT 1`;
export const LAST_DURATIONS = `
  SELECT durationMs FROM script_runs ${OF_SCRIPT} AND status = 'succeeded' AND durationMs IS NOT NULL ${NEWEST_FIRST} LIMIT :rows`;

export const NEXT_SCRIPT = 'SELECT scriptId FROM script_runs WHERE scriptId > :after ORDER BY scriptId LIMIT 1';

const ENDED = `status IN ('succeeded', 'failed', 'canceled', 'timed_out')`;
const ENDED_OF_SCRIPT = `SELECT id FROM script_runs ${OF_SCRIPT} AND ${ENDED} AND owner IS NOT NULL`;
export const NOTE_ENDING = `UPDATE script_runs SET ending = :ending, updatedAt = :now WHERE id = :id AND ${ENDED} RETURNING *`;
export const BEYOND_NEWEST = `${ENDED_OF_SCRIPT} ${NEWEST_FIRST} LIMIT :rows OFFSET :newest`;
/** A run ends after it was created, so that the index on that narrows the search. */
export const ENDED_BEFORE = `
  ${ENDED_OF_SCRIPT} AND createdAt < :before AND finishedAt < :before
  AND id <> (${ENDED_OF_SCRIPT} ${NEWEST_FIRST} LIMIT 1) LIMIT :rows`;
const AMONG = 'id IN (SELECT value FROM json_each(:ids))';
export const DELETE_ENDED = `DELETE FROM script_runs WHERE ${AMONG} AND ${ENDED}`;
export const KNOWN = `SELECT id FROM script_runs WHERE ${AMONG}`;
