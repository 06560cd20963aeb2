import { storeUnavailable } from '../rows/store-unavailable.js';

/** What passes when other work of this machine has ended. A full or a broken disk is none of it. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EINTR', 'EBUSY']);

export const toStoreError = (error: unknown): unknown =>
  PASSING.has(codeOf(error) ?? '') ? storeUnavailable((error as Error).message) : error;

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
