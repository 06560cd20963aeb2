import { storeUnavailable } from '../rows/store-unavailable.js';

/** What passes when other work of this machine has ended. A full or a broken disk is none of it. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EINTR', 'EBUSY']);

/** Whether the same call may succeed later, with nothing changed but what else the machine does. */
export const isPassing = (error: unknown): boolean => PASSING.has(codeOf(error) ?? '');

/** Whether the operating system refused it. */
export const isFileError = (error: unknown): boolean =>
  codeOf(error) !== undefined && typeof (error as NodeJS.ErrnoException).syscall === 'string';

export const toStoreError = (error: unknown): unknown =>
  isPassing(error) ? storeUnavailable((error as Error).message) : error;

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
