import type { IncomingMessage } from 'node:http';
import { LIMITS } from '../../../domain/limits.js';
import { HttpError } from '../http-error.js';
import { JsonValues } from './json-values.js';

/** How long a client whose body was refused may go on sending before it is cut off. */
const DRAIN_MS = 10_000;
const FIRST_BYTES = 4 * 1024;
/** A body of no more than this costs so little that nobody waits for it. */
const SMALL_BYTES = 64 * 1024;
/** A body in more pieces than this has at least `PIECE_BYTES` in each, on the average: every piece costs as much as a page of them. */
const PIECES = 10_000;
const PIECE_BYTES = 16;

/**
 * The bytes of a body that is JSON. Refuses it as soon as it is known to be too large, or to hold too many values.
 * @param admit called once, for a body that is not small, with the most bytes it may have; the body is not read on until it resolves
 * @param signal aborted: nobody waits for the body any more
 * @throws HttpError `request.too-large`, `request.malformed`; what `admit` throws; the reason of `signal`
 */
export const receiveBody = (
  req: IncomingMessage,
  { admit, signal }: { admit: (bytes: number) => Promise<void>; signal: AbortSignal },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const told = Number(req.headers['content-length'] ?? 0);
    const values = new JsonValues();
    let admitted = false;
    let over = false;
    let buffer = Buffer.allocUnsafe(FIRST_BYTES);
    let bytes = 0;
    let pieces = 0;

    const take = (chunk: Buffer): void => {
      values.add(chunk);
      pieces++;
      if (bytes + chunk.length > LIMITS.bodyBytes) throw tooLarge();
      if (values.count > LIMITS.bodyValues) throw tooManyValues();
      if (pieces > PIECES && bytes < pieces * PIECE_BYTES) throw inTinyPieces();
      if (bytes + chunk.length > buffer.length) enlarge(bytes + chunk.length);
      bytes += chunk.copy(buffer, bytes);
    };
    const enlarge = (needed: number): void => {
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * buffer.length, LIMITS.bodyBytes)));
      buffer.copy(larger, 0, 0, bytes);
      buffer = larger;
    };
    const onData = (chunk: Buffer): void => {
      attempt(() => take(chunk));
      if (admitted || over || bytes <= SMALL_BYTES) return;
      admitted = true;
      req.pause();
      admit(told || LIMITS.bodyBytes).then(
        () => over || req.resume(),
        (error: unknown) => over || refuse(error as Error),
      );
    };
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        refuse(error as Error);
      }
    };
    const refuse = (error: Error): void => {
      leave();
      const drained = drain(req);
      if (closesAfterAnswer(req)) void drained.then(() => reject(error));
      else reject(error);
    };
    const onEnd = (): void => {
      leave();
      resolve(buffer.subarray(0, bytes));
    };
    const onClose = (): void => {
      leave();
      reject(new HttpError('request.malformed', 'the request ended before its body did'));
    };
    const onAbort = (): void => refuse(signal.reason as Error);
    const leave = (): void => {
      over = true;
      req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      signal.removeEventListener('abort', onAbort);
    };

    if (told > LIMITS.bodyBytes) {
      refuse(tooLarge());
      return;
    }
    req.on('end', onEnd).on('close', onClose).on('error', onClose).on('data', onData);
    signal.addEventListener('abort', onAbort);
    if (req.destroyed) onClose();
  });

export const tooLarge = (): HttpError =>
  new HttpError('request.too-large', `the body is larger than ${LIMITS.bodyBytes / 1024 / 1024} MiB`);

export const tooManyValues = (): HttpError =>
  new HttpError('request.malformed', `the body holds more than ${LIMITS.bodyValues} values; no request needs so many`);

const inTinyPieces = (): HttpError =>
  new HttpError('request.malformed', 'the body comes in too many pieces; send it in larger ones', {
    headers: { connection: 'close' },
  });

/** Reads on and forgets: a client that sees its connection closed while it sends may never see the answer. */
const drain = (req: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve();
      req.destroy();
    }, DRAIN_MS).unref();
    req.once('end', resolve);
    req.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    req.resume();
  });

/** Node closes such a connection with the answer's last byte, whatever the client still sends. */
const closesAfterAnswer = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === '1.0' || /\bclose\b/i.test(headers.connection ?? '');
