import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Decoded, Utf8Decoder } from '../process/output/utf8-decoder.js';

/** Takes decoded text; nothing more is read until the promise, if there is one, resolves. */
export type Deliver = (text: string, bytes: number) => Promise<void> | undefined;

/** After so much the event loop has its turn: libuv would read on and starve everything else. */
const BYTES_A_TURN = 64 * 1024;

/** Hands over what arrives until the stream ends or is destroyed. @throws what `deliver` throws. */
export const pumpOutput = async (stream: Readable, deliver: Deliver): Promise<void> => {
  const decoder = new Utf8Decoder();
  const handOver = async ({ text, bytes }: Decoded): Promise<void> => {
    if (bytes > 0) await deliver(text, bytes);
  };
  let bytesOfTurn = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      await handOver(decoder.write(chunk));
      bytesOfTurn += chunk.length;
      if (bytesOfTurn < BYTES_A_TURN) continue;
      bytesOfTurn = 0;
      await nextTurn();
    }
  } catch (error) {
    if (!isEndOf(stream, error)) throw error;
  }
  await handOver(decoder.end());
};

const isEndOf = (stream: Readable, error: unknown): boolean =>
  error === stream.errored || (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
