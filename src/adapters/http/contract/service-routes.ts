import { z } from 'zod';
import { auditAction, auditEvent, auditOutcome } from './audit.js';
import type { RouteSpec } from './route-spec.js';
import { instant, listOf, objectId, paging, strict } from './schema.js';
import { problemCode, systemReport } from './system.js';

/** Of Prometheus' text format. */
export const METRICS_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const healthy = strict({ status: z.literal('ok') });
const unhealthy = strict({
  status: z.literal('unavailable'),
  problems: z.array(problemCode).meta({ description: 'codes; GET /api/admin/system has the sentences' }),
});

export const SERVICE_ROUTES = {
  health: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the server can work',
    answers: {
      200: { description: 'It can', schema: healthy },
      503: { description: 'It cannot: the store does not answer, or something else is wrong', schema: unhealthy },
    },
    errors: [],
    open: true,
  },
  home: {
    method: 'GET',
    path: '/',
    summary: 'Leads to the console',
    answers: { 302: { description: 'To the console' } },
    errors: [],
  },
  admin: {
    method: 'GET',
    path: '/admin',
    summary: 'Leads to the console',
    answers: { 302: { description: 'To the console' } },
    errors: [],
  },
  listAudit: {
    method: 'GET',
    path: '/api/admin/audit',
    summary: 'Who did what, the latest first',
    query: strict({
      action: auditAction.optional(),
      actor: z.string().optional().meta({ description: 'name of the actor' }),
      entityId: objectId.optional(),
      outcome: auditOutcome.optional(),
      from: instant.optional().meta({ description: 'this moment included' }),
      to: instant.optional().meta({ description: 'this moment excluded' }),
      ...paging,
    }),
    answers: { 200: { description: 'A page of the trail', schema: listOf(auditEvent) } },
    errors: [],
  },
  system: {
    method: 'GET',
    path: '/api/admin/system',
    summary: 'What is running here',
    answers: { 200: { description: 'The server', schema: systemReport } },
    errors: [],
  },
  decideHeldQueue: {
    method: 'POST',
    path: '/api/admin/system/held-queue',
    summary: 'Decides on the queued runs that came with a copy of the data',
    description:
      'run: they are queued here, in the order in which they were accepted, each audited as scripts.release. ' +
      'cancel: they end as canceled, each audited as scripts.cancel.',
    body: strict({ action: z.enum(['run', 'cancel']) }),
    answers: {
      200: { description: 'It is done', schema: strict({ count: z.int().min(0) }) },
    },
    errors: ['queue.not-held', 'server.stopping'],
    audit: 'scripts.release',
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'How the server is doing, for Prometheus',
    answers: { 200: { description: 'Text format 0.0.4', mediaType: METRICS_MEDIA_TYPE } },
    errors: [],
  },
  openapi: {
    method: 'GET',
    path: '/api/admin/openapi.json',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.literal('3.1.0') }) } },
    errors: [],
  },
} as const satisfies Record<string, RouteSpec>;
