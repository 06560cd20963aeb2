import { encodeEvent, type EncodedEvent, type RunEvent } from '../../../domain/run/run-event.js';
import type { Fields } from './documents.js';

/** An event of a run's log with its fields side by side, `ts` as a Date, so that MongoDB's own tools can search it. */
export const toEventDocument = (runId: unknown, { json }: EncodedEvent): Fields => {
  const { ts, ...fields } = JSON.parse(json) as RunEvent;
  return { runId, ...fields, ts: new Date(ts) };
};

/** The event as it was encoded. @param document without `_id` and `runId` */
export const fromEventDocument = (document: Fields): EncodedEvent => {
  const { seq, type, ts, ...fields } = document;
  if (!Number.isInteger(seq) || !(ts instanceof Date) || typeof fields[TOLD_BY[String(type)] ?? ''] !== 'string') {
    throw new Error(`the event ${String(seq)} of a run's log is not one that Runlet wrote`);
  }
  return encodeEvent({ seq, type, ts: ts.toISOString(), ...fields } as unknown as RunEvent);
};

const TOLD_BY: Readonly<Record<string, string>> = { log: 'line', status: 'status', done: 'status' };
