import type { NewScript, ScriptChanges, ScriptItem, ScriptSummaryItem } from '../../adapters/http/contract/scripts.js';
import type { Answer } from './answers.js';
import { type Cancelable, makeRereading, request } from './request.js';

export type { NewScript, ScriptChanges, ScriptItem, ScriptSummaryItem };
/** A stored document that breaks the rules of a script; null stands for what could not be read. */
export type BrokenScriptItem = Extract<ScriptItem, { invalid: unknown }>;
export type ReadableScriptItem = Exclude<ScriptItem, { invalid: unknown }>;

/** Without `script` and `env`, with `lastRun` and `usualDurationMs`; the one saved last first. */
export const listScriptSummaries = async (options?: Cancelable): Promise<readonly ScriptSummaryItem[]> =>
  (await readSummaries(options)).items;

const SUMMARY = { view: 'summary' };
const readSummaries = makeRereading<{ items: ScriptSummaryItem[] }>('scripts', SUMMARY);

export const getScriptSummary = async (id: string, options?: Cancelable): Promise<ScriptSummaryItem> =>
  (await request<{ item: ScriptSummaryItem }>('GET', `scripts/${id}`, { query: SUMMARY, ...options })).item;

export const getScript = async (id: string, options?: Cancelable): Promise<ScriptItem> =>
  (await request<{ item: ScriptItem }>('GET', `scripts/${id}`, options)).item;

export const createScript = async (script: NewScript, options?: Cancelable): Promise<ScriptItem> =>
  (await request<Answer<'createScript'>>('POST', 'scripts', { body: script, ...options })).item;

/** Fields that are left out stay as they are. With `revision`, a save that meets a newer one throws `script.revision-conflict`. */
export const updateScript = async (id: string, changes: ScriptChanges, options?: Cancelable): Promise<ScriptItem> =>
  (await request<Answer<'updateScript'>>('PUT', `scripts/${id}`, { body: changes, ...options })).item;

export const deleteScript = async (id: string, options?: Cancelable): Promise<void> => {
  await request<Answer<'deleteScript'>>('DELETE', `scripts/${id}`, options);
};

/** Starts a run. @returns its id */
export const runScript = async (id: string, options?: Cancelable): Promise<string> =>
  (await request<Answer<'runScript'>>('POST', `scripts/${id}/run`, { body: { trigger: 'manual' }, ...options })).runId;
