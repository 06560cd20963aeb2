import type { EncodedEvent, RunEvent } from '../../src/domain/run/run-event.js';

export const decode = (events: readonly EncodedEvent[]): RunEvent[] =>
  events.map(({ json }) => JSON.parse(json) as RunEvent);

/** What a stream's `line`s, joined, say. */
export const outputOf = (events: readonly RunEvent[], stream: string): string =>
  events.map((event) => (event.type === 'log' && event.stream === stream ? event.line : '')).join('');
