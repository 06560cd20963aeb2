import type { SystemReport } from '../../adapters/http/contract/system.js';
import { type Cancelable, request } from './request.js';

export type { SystemReport };

/** Asks for a small thing, so that `connection` knows whether requests succeed. */
export const checkConnection = async (): Promise<void> => {
  await getSystem().catch(() => undefined);
};

export const getSystem = (options?: Cancelable): Promise<SystemReport> => request('GET', 'system', options);
