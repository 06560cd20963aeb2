import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';
import { startRun } from './runs.js';
import { objectId, strict } from './schema.js';
import { newScript, scriptChanges, scriptSummary, storedScript } from './scripts.js';
import type { RouteSpec } from './route-spec.js';

const id = strict({ id: objectId });
const item = strict({ item: storedScript });
const view = z
  .enum(['summary'])
  .optional()
  .meta({ description: 'without script and env, with lastRun and usualDurationMs' });
const idempotencyKey = z.string().optional().meta({
  minLength: 1,
  maxLength: LIMITS.idempotencyKeyLength,
  description: 'visible ASCII characters without spaces, bare or in double quotes',
});

export const SCRIPT_ROUTES = {
  listScripts: {
    method: 'GET',
    path: '/api/admin/scripts',
    summary: 'All scripts, the one saved last first',
    query: strict({ view }),
    answers: {
      200: {
        description: 'All of them; summaries when asked for',
        schema: z.union([strict({ items: z.array(storedScript) }), strict({ items: z.array(scriptSummary) })]),
      },
      304: { description: 'The summaries are those of the ETag in If-None-Match' },
    },
    errors: [],
  },
  createScript: {
    method: 'POST',
    path: '/api/admin/scripts',
    summary: 'Creates a script',
    body: newScript,
    answers: { 201: { description: 'The script as it is kept', schema: item } },
    errors: ['script.invalid', 'script.identifier-taken'],
    audit: 'scripts.create',
  },
  getScript: {
    method: 'GET',
    path: '/api/admin/scripts/{id}',
    summary: 'A script',
    params: id,
    query: strict({ view }),
    answers: {
      200: {
        description: 'The script; its summary when asked for',
        schema: z.union([item, strict({ item: scriptSummary })]),
      },
    },
    errors: ['script.not-found'],
  },
  updateScript: {
    method: 'PUT',
    path: '/api/admin/scripts/{id}',
    summary: 'Changes the fields that are named',
    params: id,
    body: scriptChanges,
    answers: { 200: { description: 'The script as it is kept', schema: item } },
    errors: ['script.invalid', 'script.not-found', 'script.identifier-taken', 'script.revision-conflict'],
    audit: 'scripts.update',
  },
  deleteScript: {
    method: 'DELETE',
    path: '/api/admin/scripts/{id}',
    summary: 'Deletes a script; its runs stay readable',
    params: id,
    answers: { 200: { description: 'It is gone', schema: strict({ ok: z.literal(true) }) } },
    errors: ['script.not-found', 'script.in-use'],
    audit: 'scripts.delete',
  },
  runScript: {
    method: 'POST',
    path: '/api/admin/scripts/{id}/run',
    summary: 'Starts a run of the script as it is now',
    description:
      'With an Idempotency-Key, the same request by the same admin within 24 hours answers the run that was started first, ' +
      'with the header Idempotency-Replayed: true.',
    params: id,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: startRun,
    answers: { 202: { description: 'Accepted and stored', schema: strict({ runId: objectId }) } },
    errors: [
      'script.invalid',
      'script.not-found',
      'script.disabled',
      'script.not-server-side',
      'idempotency.key-reused',
      'queue.full',
      'server.stopping',
    ],
    audit: 'scripts.run',
  },
} as const satisfies Record<string, RouteSpec>;
