import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';
import type { RouteSpec } from './route-spec.js';
import { listOfAtMost, objectId, strict } from './schema.js';
import { plainEnvEntry } from './scripts.js';

const pageJob = strict({
  runId: objectId,
  script: z.string().meta({ description: 'the body to run: that of the revision which the run was accepted with' }),
  env: z.array(plainEnvEntry),
  timeoutMs: z.int().meta({ description: 'after so long the page ends the script' }),
}).meta({ id: 'PageJob', description: 'What a page needs to run a browser script.' });

const pageReport = strict({
  part: z.int('must be a whole number').min(1, 'must be at least 1').meta({
    description:
      'counts the reports on a run from 1; one that was taken already changes nothing, one that comes too early is refused',
  }),
  pieces: listOfAtMost(
    LIMITS.reportPieces,
    strict({ stream: z.enum(['stdout', 'stderr']), line: z.string() }),
    'pieces',
  )
    .optional()
    .meta({
      description: `output in its order, as events have it; of a run ${LIMITS.pageOutputBytes} bytes are kept`,
    }),
  droppedBytes: z
    .int('must be a whole number')
    .min(0, 'must not be negative')
    .optional()
    .meta({ description: 'output that the page did not send, since its last report' }),
  end: strict({
    status: z.enum(['succeeded', 'failed', 'timed_out', 'canceled']),
    message: z.string().max(LIMITS.messageLength, `must have at most ${LIMITS.messageLength} characters`).optional(),
    result: z
      .unknown()
      .optional()
      .meta({
        description: `JSON value that the script ended with; one of more than ${LIMITS.resultBytes} bytes is not kept`,
      }),
  })
    .optional()
    .meta({ description: 'how the script ended; without it the run goes on' }),
}).meta({ id: 'PageReport' });

/** Browser scripts, which the pages that start them run. */
export const BROWSER_ROUTES = {
  startBrowserRun: {
    method: 'POST',
    path: '/api/admin/scripts/{id}/browser-runs',
    summary: 'Starts a run of a browser script, which the caller executes and reports on',
    params: strict({ id: objectId }),
    answers: { 201: { description: 'The run is there, and a report is awaited', schema: pageJob } },
    errors: ['script.invalid', 'script.not-found', 'script.disabled', 'script.not-browser', 'server.stopping'],
    audit: 'scripts.run',
  },
  reportRun: {
    method: 'POST',
    path: '/api/admin/scripts/runs/{runId}/report',
    summary: 'What a browser script has printed since the last report, and how it ended',
    description:
      'One report after the other, at least one a minute. 409 run.report-out-of-order: expected names the part that has to come first. 409 run.ended: the run was canceled or given up meanwhile; the page stops the script.',
    params: strict({ runId: objectId }),
    body: pageReport,
    answers: { 200: { description: 'It is taken; the next may come', schema: strict({ ok: z.literal(true) }) } },
    errors: ['run.not-found', 'run.unreadable', 'run.ended', 'run.not-reported-here', 'run.report-out-of-order'],
  },
  browserFrame: {
    method: 'GET',
    path: '/admin/scripts/browser-frame',
    summary: 'The sandboxed page inside the console that browser scripts run in',
    answers: { 200: { description: 'The page', mediaType: 'text/html; charset=utf-8' } },
    errors: [],
  },
} as const satisfies Record<string, RouteSpec>;
