/** One block of an event stream: an event, a comment, or a field on its own. */
export interface Frame {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
  readonly comment: string | null;
  readonly retry: string | null;
}

/** Reads blocks as they arrive; a block that is cut off by the end is dropped, as an EventSource does. */
export async function* readFrames(body: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield parseBlock(block);
  }
}

const NAMES = new Set(['id', 'event', 'data', 'retry', 'comment']);

/** Stricter than an EventSource: the contract has one line a field, `name: value`. */
const parseBlock = (block: string): Frame => {
  const frame: Record<string, string | null> = { id: null, event: null, data: null, comment: null, retry: null };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]*): (.*)$/.exec(line) ?? [];
    const field = name === '' ? 'comment' : (name ?? line);
    if (!NAMES.has(field) || frame[field] !== null) throw new Error(`not a block of an event stream: ${block}`);
    frame[field] = value;
  }
  return frame as unknown as Frame;
};
