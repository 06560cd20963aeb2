import type { EncodedEvent } from '../domain/run/run-event.js';

/** An event in UTF-8: the frame that viewers get (WHATWG HTML, "Server-sent events"), and in it the line that a log keeps. */
export interface EventFrame {
  readonly frame: Buffer;
  /** With the newline that ends it. */
  readonly line: Buffer;
}

const NEWLINE = 0x0a;

const made = new WeakMap<EncodedEvent, EventFrame>();

/** Encoded once, for the log and all viewers who get that event: of what a large output costs, encoding is a good part. */
export const eventFrame = (event: EncodedEvent): EventFrame => {
  let known = made.get(event);
  if (!known) made.set(event, (known = encode(event)));
  return known;
};

const encode = ({ seq, type, json }: EncodedEvent): EventFrame => {
  const head = `id: ${seq}\nevent: ${type}\ndata: `;
  const end = head.length + Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(end + 2);
  frame.write(head, 'latin1');
  frame.write(json, head.length); // not joined with the head first: that would copy it once more
  frame[end] = NEWLINE;
  frame[end + 1] = NEWLINE;
  return { frame, line: frame.subarray(head.length, end + 1) };
};
