import { DomainError } from '../../../domain/errors.js';

/** @param why what the store said, for a person. */
export const storeUnavailable = (why: string): DomainError =>
  new DomainError('store.unavailable', `the store does not answer now (${why}); try again in a moment`);
