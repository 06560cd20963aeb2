import { isDomainError } from '../domain/errors.js';
import type { RunLog } from './ports/run-log.js';

/**
 * `seq` of the last event in the log of a run that is to be ended; 0 where the log cannot be read, which must keep no run from its end.
 * @throws DomainError `store.unavailable`
 */
export const lastSeqOf = async (runLog: RunLog, runId: string): Promise<number> => {
  try {
    return await runLog.lastSeq(runId);
  } catch (error) {
    if (isDomainError(error, 'store.unavailable')) throw error;
    return 0;
  }
};
