import type { OutlineOutput } from '../../../application/use-cases/outline-output.js';
import type { ReadEvents } from '../../../application/use-cases/read-events.js';
import type { ReadOutput } from '../../../application/use-cases/read-output.js';
import type { SearchOutput } from '../../../application/use-cases/search-output.js';
import { LIMITS } from '../../../domain/limits.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { codePoints } from '../../../domain/text.js';
import type { AnswerParts } from '../edge/answer-parts.js';
import { headOfJson } from '../edge/head-of-json.js';
import { jsonList } from '../edge/json-list.js';
import { invalidRequest } from '../request-input.js';
import type { Handlers } from '../route-handler.js';
import { withoutUndefined } from '../without-undefined.js';

const CHUNK_CHARACTERS = 64 * 1024;

export interface OutputRouteNeeds {
  outlineOutput: OutlineOutput;
  readEvents: ReadEvents;
  readOutput: ReadOutput;
  searchOutput: SearchOutput;
}

export const outputHandlers = (
  needs: OutputRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, 'outlineOutput' | 'readEvents' | 'readOutput' | 'searchOutput'> => ({
  async readEvents({ params, query: { since, before, limit = LIMITS.pageDefault } }, ctx) {
    if (since !== undefined && before !== undefined) {
      throw invalidRequest([{ path: 'before', message: 'does not go with since; give one of them' }]);
    }
    const range = before === undefined ? { since: since ?? 0 } : { before };
    const events = await needs.readEvents({ runId: params.runId, limit, range });
    ctx.type = 'application/json';
    return answerParts(ctx, jsonList(jsonOf(events)));
  },

  async searchOutput({ params, query: { q, case: matchCase, stream, around, limit = LIMITS.pageDefault } }, ctx) {
    requireSearchable(q);
    const { items, ...found } = await needs.searchOutput({
      runId: params.runId,
      text: q,
      matchCase: matchCase === '1',
      limit,
      ...withoutUndefined({ stream, around }),
    });
    const most = Math.floor(LIMITS.searchPageBytes / limit);
    // Texts of their own: what was found holds on to the output that it was found in.
    const texts = items.map((item) => JSON.stringify({ ...item, text: headOfJson(item.text, most) }));
    ctx.type = 'application/json';
    return answerParts(
      ctx,
      jsonList(texts, () => found),
    );
  },

  async outlineOutput({ params }) {
    const { sections, lastSeq } = await needs.outlineOutput({ runId: params.runId });
    return { items: sections.map((section) => ({ ...section, open: [...section.open] })), lastSeq };
  },

  async readOutput({ params, query: { stream, system, raw, download } }, ctx) {
    const isRaw = raw === '1';
    if (isRaw && system === '1') {
      throw invalidRequest([{ path: 'raw', message: 'does not go with system; give one of them' }]);
    }
    const output = await needs.readOutput({
      runId: params.runId,
      system: system === '1',
      ...withoutUndefined({ stream }),
    });
    if (download === '1') ctx.attachment(`${output.name}.log`);
    ctx.type = isRaw ? 'application/octet-stream' : 'text/plain; charset=utf-8';
    return answerParts(ctx, isRaw ? bytesOf(output) : textOf(output));
  },
});

const requireSearchable = (q: string): void => {
  if (q === '') throw invalidRequest([{ path: 'q', message: 'must not be empty' }]);
  if (codePoints(q) <= LIMITS.searchQueryLength) return;
  throw invalidRequest([{ path: 'q', message: `must have at most ${LIMITS.searchQueryLength} characters` }]);
};

async function* jsonOf(batches: AsyncIterable<readonly EncodedEvent[]>): AsyncGenerator<string> {
  for await (const events of batches) for (const { json } of events) yield json;
}

/** Nothing but what the script has printed: where the log is cut off, nothing says so. */
async function* bytesOf({ pieces }: Output): AsyncGenerator<string | Buffer> {
  for await (const { stream, line, base64 } of pieces)
    if (stream !== 'system') yield base64 === undefined ? line : Buffer.from(base64, 'base64');
}

type Output = Awaited<ReturnType<ReadOutput>>;

async function* textOf({ pieces, droppedBytes, limit }: Output): AsyncGenerator<string> {
  let waiting = '';
  let atLineStart = true;
  for await (const { stream, line } of pieces) {
    if (stream === 'system' && !atLineStart) waiting += '\n';
    waiting += line;
    atLineStart = line.endsWith('\n');
    if (waiting.length >= CHUNK_CHARACTERS) {
      yield waiting;
      waiting = '';
    }
  }
  if (droppedBytes > 0) {
    const note = `[runlet] ${droppedBytes} bytes that followed were not kept (${limit})`;
    waiting += `${atLineStart ? '' : '\n'}${note}\n`;
  }
  if (waiting !== '') yield waiting;
}
