import { Readable } from 'node:stream';
import type { Context } from 'koa';

/** An answer of no more than this is made whole and sent with its length, unless its route has another limit. */
const WHOLE_BYTES = 64 * 1024;
/** A larger one waits for its client with one of these here, one in the stream and one in the socket. */
const PIECE_BYTES = 32 * 1024;

type Parts = AsyncIterable<string | Buffer> | Iterable<string | Buffer>;

/**
 * Answers all that `parts` yields; the type is set before. An answer larger than `wholeBytes` is made only as fast as its client takes it.
 * @param admit is told of the stream of a large answer before anything is sent, and may refuse it by throwing
 * @throws what `parts` throws at its beginning; what it throws later cuts the answer off
 */
export const answerPieces = async (
  ctx: Context,
  parts: Parts,
  admit: (stream: Readable) => void,
  wholeBytes = WHOLE_BYTES,
): Promise<void> => {
  const pieces = inPieces(parts);
  const begun: Buffer[] = [];
  for (let bytes = 0; bytes <= wholeBytes;) {
    const next = await pieces.next();
    if (next.done) {
      ctx.body = Buffer.concat(begun);
      return;
    }
    begun.push(next.value);
    bytes += next.value.length;
  }
  const stream = Readable.from(continued(begun, pieces), { objectMode: false, highWaterMark: PIECE_BYTES });
  try {
    admit(stream);
  } catch (error) {
    stream.destroy();
    await pieces.return(undefined);
    throw error;
  }
  ctx.body = stream;
};

async function* continued(begun: Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let next = begun.shift(); next; next = begun.shift()) yield next;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Small parts are joined, large ones are cut. */
async function* inPieces(parts: Parts): AsyncGenerator<Buffer, undefined> {
  let text = '';
  for await (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      yield* cut(Buffer.from(text));
      text = '';
      yield* cut(part);
    }
    if (text.length < PIECE_BYTES) continue;
    const whole = Buffer.from(text);
    text = '';
    yield* cut(whole);
  }
  yield* cut(Buffer.from(text));
  return undefined;
}

function* cut(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
