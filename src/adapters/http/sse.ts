import { Readable } from 'node:stream';
import type { Clock } from '../../application/ports/clock.js';
import type { RouteContext } from './route-handler.js';
import { withSilence } from './with-silence.js';

const SILENCE_MS = 15_000;
/** Small frames are joined up to this: a write for each would cost more than the frame. */
const CHUNK_BYTES = 64 * 1024;
/** The first line of the first event: a frame of its own would be an empty event to some clients. */
const RETRY = Buffer.from('retry: 1000\n');
/** An event, since an EventSource hides comments from the page. */
const PING = Buffer.from('event: ping\ndata: {}\n\n');

/**
 * Answers Server-Sent Events (WHATWG HTML, "Server-sent events"), pulled from `batches` only as fast as the viewer reads: at most one
 * chunk of them waits in memory.
 */
export const answerSse = <Event extends object>(
  ctx: RouteContext,
  batches: AsyncIterable<readonly Event[]>,
  frameOf: (event: Event) => Frame,
  clock: Clock,
): void => {
  ctx.set('content-type', 'text/event-stream'); // ctx.type would add a charset, which the media type does not have
  ctx.set('x-accel-buffering', 'no'); // nginx would hold back what is sent
  ctx.set('cache-control', 'no-store, no-transform'); // so would middleware and proxies that compress
  // An EventSource is open when the headers have come, whenever the first event does.
  ctx.body = Readable.from(chunks(batches, frameOf, clock, () => ctx.flushHeaders()));
};

/** A large one is text: Node encodes it as it sends it, without a buffer that has to be collected later. */
type Frame = Buffer | string;

const LARGE_CHARACTERS = 4 * 1024;

/** Makes the frame of an event once, for all viewers who get that event; one that is large is not kept. */
export const sharedFrames = <Event extends object>(encode: (event: Event) => string): ((event: Event) => Frame) => {
  const made = new WeakMap<Event, Buffer>();
  return (event) => {
    const known = made.get(event);
    if (known) return known;
    const text = encode(event);
    if (text.length > LARGE_CHARACTERS) return text;
    const frame = Buffer.from(text);
    made.set(event, frame);
    return frame;
  };
};

async function* chunks<Event>(
  batches: AsyncIterable<readonly Event[]>,
  frameOf: (event: Event) => Frame,
  clock: Clock,
  open: () => void,
): AsyncGenerator<Frame> {
  const heard = withSilence(batches, SILENCE_MS, clock);
  try {
    const first = heard.next(); // begins to listen, so that who has got the headers misses nothing
    open();
    let next = await first;
    if (!next.done) yield RETRY;
    for (; !next.done; next = await heard.next()) {
      if (next.value) yield* joined(next.value, frameOf);
      else yield PING;
    }
  } finally {
    await heard.return();
  }
}

function* joined<Event>(events: readonly Event[], frameOf: (event: Event) => Frame): Generator<Frame> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for (const event of events) {
    const frame = frameOf(event);
    if (waiting.length > 0 && (typeof frame === 'string' || bytes + frame.length > CHUNK_BYTES)) {
      yield join(waiting);
      waiting = [];
      bytes = 0;
    }
    if (typeof frame === 'string') yield frame;
    else {
      waiting.push(frame);
      bytes += frame.length;
    }
  }
  if (waiting.length > 0) yield join(waiting);
}

const join = (frames: readonly Buffer[]): Buffer =>
  frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames);
