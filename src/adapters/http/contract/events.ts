import { z } from 'zod';
import { reason, runListItem, runStatus } from './runs.js';
import { strict, time } from './schema.js';

const place = {
  seq: z.int().min(1).meta({ description: 'one gapless count from 1 over all events of a run' }),
  ts: time,
};
const end = { exitCode: z.int().nullable(), signal: z.string().nullable(), reason: reason.nullable() };

export const statusEvent = strict({
  ...place,
  type: z.literal('status'),
  status: runStatus,
  phase: z.enum(['terminating', 'killing']).optional().meta({ description: 'while the run is being ended' }),
  ...z.object(end).partial().shape,
}).meta({ id: 'StatusEvent', description: 'exitCode, signal and reason come with the final status.' });

export const logEvent = strict({
  ...place,
  type: z.literal('log'),
  stream: z.enum(['stdout', 'stderr', 'system']).meta({ description: 'system: Runlet itself' }),
  line: z
    .string()
    .meta({ description: 'text as printed, newlines included; joined they are the output of the stream' }),
  base64: z
    .string()
    .optional()
    .meta({ description: 'the bytes, only where they are not UTF-8: line has U+FFFD in place of what is not' }),
}).meta({ id: 'LogEvent' });

export const doneEvent = strict({ ...place, type: z.literal('done'), status: runStatus, ...end }).meta({
  id: 'DoneEvent',
  description: 'The last event of a run.',
});

export const runEvent = z.discriminatedUnion('type', [statusEvent, logEvent, doneEvent]);

const frameId = z.string().meta({ description: 'seq of the event: Last-Event-ID of who comes back' });

const statusFrame = strict({ id: frameId, event: z.literal('status'), data: statusEvent }).meta({ id: 'StatusFrame' });
const logFrame = strict({ id: frameId, event: z.literal('log'), data: logEvent }).meta({ id: 'LogFrame' });
const doneFrame = strict({ id: frameId, event: z.literal('done'), data: doneEvent }).meta({ id: 'DoneFrame' });
const runFrame = strict({ event: z.literal('run'), data: runListItem }).meta({ id: 'RunFrame' });
const pingFrame = strict({ event: z.literal('ping'), data: strict({}) }).meta({
  id: 'PingFrame',
  description: 'A sign of life after 15 s without an event.',
});

/** What one frame of the stream of a run holds. */
export const runFrames = z.discriminatedUnion('event', [statusFrame, logFrame, doneFrame, pingFrame]);
/** What one frame of the stream of all runs holds. */
export const watchFrames = z.discriminatedUnion('event', [runFrame, pingFrame]);

export type RunEventItem = z.infer<typeof runEvent>;
