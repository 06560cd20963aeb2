import type { SystemReport } from '../../adapters/http/contract/system.js';
import type { Answer } from './answers.js';
import { type Cancelable, request } from './request.js';
import { serviceProblems } from './service-problems.js';

export type { SystemReport };

/** Asks for a small thing, so that `connection` and `serviceProblems` know how the server is. */
export const checkConnection = async (): Promise<void> => {
  await getSystem().catch(() => undefined);
};

export const getSystem = async (options?: Cancelable): Promise<SystemReport> => {
  const report = await request<SystemReport>('GET', 'system', options);
  serviceProblems.set(report.problems);
  return report;
};

/** Decides on all queued runs that are held. @returns how many there were */
export const decideHeldQueue = (action: 'run' | 'cancel'): Promise<Answer<'decideHeldQueue'>> =>
  request('POST', 'system/held-queue', { body: { action } });
