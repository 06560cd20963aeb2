import { Readable } from 'node:stream';
import type { OutlineOutput } from '../../../application/use-cases/outline-output.js';
import type { ReadEvents } from '../../../application/use-cases/read-events.js';
import type { ReadOutput } from '../../../application/use-cases/read-output.js';
import type { SearchOutput } from '../../../application/use-cases/search-output.js';
import { LIMITS } from '../../../domain/limits.js';
import { codePoints } from '../../../domain/text.js';
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
): Pick<Handlers, 'outlineOutput' | 'readEvents' | 'readOutput' | 'searchOutput'> => ({
  async readEvents({ params, query: { since, before, limit = LIMITS.pageDefault } }, ctx) {
    if (since !== undefined && before !== undefined) {
      throw invalidRequest([{ path: 'before', message: 'does not go with since; give one of them' }]);
    }
    const range = before === undefined ? { since: since ?? 0 } : { before };
    const events = await needs.readEvents({ runId: params.runId, limit, range });
    ctx.type = 'application/json';
    ctx.body = `{"items":[${events.map(({ json }) => json).join(',')}]}`;
    return undefined;
  },

  async searchOutput({ params, query: { q, case: matchCase, stream, around, limit = LIMITS.pageDefault } }) {
    requireSearchable(q);
    const found = await needs.searchOutput({
      runId: params.runId,
      text: q,
      matchCase: matchCase === '1',
      limit,
      ...withoutUndefined({ stream, around }),
    });
    return { ...found, items: [...found.items] };
  },

  async outlineOutput({ params }) {
    const { sections, lastSeq } = await needs.outlineOutput({ runId: params.runId });
    return { items: sections.map((section) => ({ ...section, open: [...section.open] })), lastSeq };
  },

  async readOutput({ params, query: { stream, download } }, ctx) {
    const output = await needs.readOutput({ runId: params.runId, ...withoutUndefined({ stream }) });
    if (download === '1') ctx.attachment(`${output.name}.log`);
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = Readable.from(textOf(output));
    return undefined;
  },
});

const requireSearchable = (q: string): void => {
  if (q === '') throw invalidRequest([{ path: 'q', message: 'must not be empty' }]);
  if (codePoints(q) <= LIMITS.searchQueryLength) return;
  throw invalidRequest([{ path: 'q', message: `must have at most ${LIMITS.searchQueryLength} characters` }]);
};

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
