import { decodeEvent, encodeEvent, type EncodedEvent, type RunEvent } from '../../../domain/run/run-event.js';
import type { Fields } from './documents.js';

/** An event of a run's log with its fields side by side, `ts` as a Date, so that MongoDB's own tools can search it. */
export const toEventDocument = (runId: unknown, { json }: EncodedEvent): Fields => {
  const { ts, ...fields } = JSON.parse(json) as RunEvent;
  return { runId, ...fields, ts: new Date(ts) };
};

/** The event as it was encoded; null when the document is not one that Runlet wrote. @param document without `_id` and `runId` */
export const fromEventDocument = (document: Fields): EncodedEvent | null => {
  const { seq, type, ts, ...fields } = document;
  if (!(ts instanceof Date) || Number.isNaN(ts.getTime())) return null;
  const event = encodeEvent({ seq, type, ts: ts.toISOString(), ...fields } as unknown as RunEvent);
  return decodeEvent(event.json) && event;
};
