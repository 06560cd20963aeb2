import type { IncomingMessage } from 'node:http';
import { LIMITS } from '../../domain/limits.js';
import { invalidRequest } from './request-input.js';

/**
 * The key of the `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07), null without the header. The draft's form is a String of
 * Structured Fields (RFC 9651), in double quotes; most clients send the bare key, which is the same key.
 * @throws HttpError `request.invalid`; a header given twice is joined by `, `, and no key has a space
 */
export const readIdempotencyKey = ({ headers }: Pick<IncomingMessage, 'headers'>): string | null => {
  const text = headers['idempotency-key'];
  if (text === undefined) return null;
  const key = typeof text === 'string' ? unquoted(text) : null;
  if (key !== null && VISIBLE.test(key) && key.length <= LIMITS.idempotencyKeyLength) return key;
  throw invalidRequest([
    {
      path: 'Idempotency-Key',
      message: `must be 1 to ${LIMITS.idempotencyKeyLength} visible ASCII characters without spaces, bare or in double quotes, once`,
    },
  ]);
};

const VISIBLE = /^[\x21-\x7e]+$/;

/** Null for a quoted string that is none. */
const unquoted = (text: string): string | null => {
  if (!text.includes('"')) return text;
  return /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1') ?? null;
};
