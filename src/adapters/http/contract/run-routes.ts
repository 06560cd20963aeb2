import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';
import { runEvent, runFrames, watchFrames } from './events.js';
import type { RouteSpec } from './route-spec.js';
import {
  foundLine,
  outlineSection,
  runStatus,
  storedRun,
  storedRunListItem,
  storedRunPreview,
  trigger,
} from './runs.js';
import { listOf, objectId, paging, strict, wholeNumber } from './schema.js';

const runId = strict({ runId: objectId });
const { limit } = paging;
const stream = z.enum(['stdout', 'stderr']).optional().meta({ description: 'only this one' });
const flag = z.enum(['0', '1']).optional().meta({ default: '0' });
const item = strict({ item: storedRun });
const UNREAD = ['run.not-found', 'run.unreadable'] as const;

const since = wholeNumber(0).optional().meta({ description: 'events after this seq' });
const lastEventId = z
  .string()
  .optional()
  .meta({ description: 'as an EventSource sends it when it comes back; wins over since' });

const SERVER_SENT_EVENTS = {
  description: 'Server-Sent Events. The schema is that of one frame: its event, and its data as parsed JSON',
  mediaType: 'text/event-stream',
} as const;
const PINGS = 'After 15 s without an event comes one named ping, with {} as data and no id.';

export const RUN_ROUTES = {
  listRuns: {
    method: 'GET',
    path: '/api/admin/scripts/runs',
    summary: 'Runs, the latest first, with the end of their output',
    query: strict({
      scriptId: objectId.optional(),
      status: runStatus.optional(),
      trigger: trigger.optional(),
      view: z.enum(['summary']).optional().meta({ description: 'without outputTail' }),
      ...paging,
    }),
    answers: {
      200: {
        description: 'A page of them; summaries when asked for',
        schema: z.union([listOf(storedRunPreview), listOf(storedRunListItem)]),
      },
    },
    errors: [],
  },
  watchRuns: {
    method: 'GET',
    path: '/api/admin/scripts/runs/stream',
    summary: 'Runs whose status changes, as they change',
    description:
      'Each event is named run; its data is a run as lists have it with view=summary. Nothing is replayed: read the list when the stream opens. ' +
      PINGS,
    answers: { 200: { ...SERVER_SENT_EVENTS, frames: watchFrames } },
    errors: ['streams.too-many'],
  },
  getRun: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}',
    summary: 'A run',
    params: runId,
    answers: { 200: { description: 'The run', schema: item } },
    errors: ['run.not-found'],
  },
  followRun: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}/stream',
    summary: 'The events of a run, from the first or from where one left off, until done',
    description:
      'A frame is id: (the seq), event: (status, log or done) and one data: line, the event as JSON. ' +
      'After done the stream closes; without done it was cut, and an EventSource comes back. ' +
      PINGS,
    params: runId,
    query: strict({ since }),
    headers: z.object({ 'last-event-id': lastEventId }),
    answers: {
      200: { ...SERVER_SENT_EVENTS, frames: runFrames },
      204: { description: 'There is nothing after that event; an EventSource stops here' },
    },
    errors: [...UNREAD, 'events.not-given-yet', 'streams.too-many'],
  },
  readEvents: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}/events',
    summary: 'The same events, a page at a time: after since, or the last ones before before',
    description:
      'A page has at most 1 MiB, or one event, and so may be shorter than limit. There are no more when it is empty or ends with done.',
    params: runId,
    query: strict({
      since,
      before: wholeNumber(1).optional().meta({ description: 'events before this seq; not with since' }),
      limit,
    }),
    answers: { 200: { description: 'Events by seq, ascending', schema: strict({ items: z.array(runEvent) }) } },
    errors: UNREAD,
  },
  outlineOutput: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}/outline',
    summary: 'Where the lines of the stored output are: which events hold which',
    params: runId,
    answers: {
      200: {
        description: 'Sections of the log by seq, each no more than one page of events',
        schema: strict({
          items: z.array(outlineSection),
          lastSeq: z.int().min(0).meta({ description: 'the last event that was read; the log may have grown since' }),
        }),
      },
    },
    errors: UNREAD,
  },
  searchOutput: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}/search',
    summary: 'Lines of the stored output that hold a text',
    params: runId,
    query: strict({
      q: z.string().meta({ minLength: 1, maxLength: LIMITS.searchQueryLength }),
      case: flag.meta({ description: '1: case matters', default: '0' }),
      stream,
      around: wholeNumber(1)
        .optional()
        .meta({ description: 'the lines nearest to this one, half of them before it, instead of the first ones' }),
      limit,
    }),
    answers: {
      200: {
        description: 'Some of them and how many there are',
        schema: strict({
          items: z.array(foundLine),
          total: z.int().min(0),
          skipped: z.int().min(0).meta({ description: 'how many of them come before the first of items' }),
          complete: z
            .boolean()
            .meta({ description: 'false when the search ran out of time or the rest of the log cannot be read' }),
        }),
      },
    },
    errors: UNREAD,
  },
  readOutput: {
    method: 'GET',
    path: '/api/admin/scripts/runs/{runId}/log',
    summary: 'The stored output, as text or byte by byte',
    params: runId,
    query: strict({
      stream,
      system: flag.meta({ description: '1: with what Runlet said', default: '0' }),
      raw: flag.meta({
        description: '1: the bytes as printed, secrets masked, as application/octet-stream; not with system',
        default: '0',
      }),
      download: flag.meta({ description: '1: as a file', default: '0' }),
    }),
    answers: {
      200: {
        description: 'The output, streamed; with raw=1 as application/octet-stream',
        mediaType: 'text/plain; charset=utf-8',
        orBytes: true,
      },
    },
    errors: UNREAD,
  },
  cancelRun: {
    method: 'POST',
    path: '/api/admin/scripts/runs/{runId}/cancel',
    summary: 'Ends a run; asked again while it is ending, ends it at once',
    params: runId,
    answers: {
      200: { description: 'It had been canceled already', schema: item },
      202: { description: 'It is being ended, or never starts', schema: item },
    },
    errors: [...UNREAD, 'run.ended'],
    audit: 'scripts.cancel',
  },
  endLeftovers: {
    method: 'POST',
    path: '/api/admin/scripts/runs/{runId}/leftovers/end',
    summary: 'Ends what a run that has ended left running',
    description:
      'meta.leftovers says what is gone; status and outcome never change. It answers when the processes have ended, which may take KILL_GRACE_MS.',
    params: runId,
    answers: { 200: { description: 'It is ended, or there was nothing left', schema: item } },
    errors: [...UNREAD, 'run.not-ended', 'run.out-of-reach'],
    audit: 'scripts.cancel',
  },
} as const satisfies Record<string, RouteSpec>;
