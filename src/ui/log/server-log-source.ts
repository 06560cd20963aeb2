import { ApiError } from '../api/api-error.js';
import { outputAddress, readEvents, searchOutput } from '../api/runs.js';
import type { LogQuery, LogSource } from './log-source.js';

const PAGE_EVENTS = 200;
const MATCHES = 200;

/** The stored log of a run. */
export const serverLogSource = (runId: string): LogSource => ({
  events: (since, signal) => readEvents(runId, { since, limit: PAGE_EVENTS }, { signal }),
  search: ({ text, matchCase, stream, around }: LogQuery, signal) =>
    searchOutput(
      runId,
      { q: text, case: matchCase ? '1' : '0', around: Math.max(1, around), limit: MATCHES, ...(stream && { stream }) },
      { signal },
    ),
  async text(stream, most) {
    const abort = new AbortController();
    const response = await fetch(outputAddress(runId, stream ? { stream } : {}), { signal: abort.signal });
    if (!response.ok || !response.body) {
      throw new ApiError(response.status, 'unexpected-answer', 'the output could not be read');
    }
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    let text = '';
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += decoder.decode(chunk.value, { stream: true });
      if (text.length <= most) continue;
      abort.abort();
      return null;
    }
    return text;
  },
  downloadAddress: outputAddress(runId, { download: '1', system: '1' }),
  bytesAddress: outputAddress(runId, { download: '1', raw: '1' }),
});
