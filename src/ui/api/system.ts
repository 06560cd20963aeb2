import type { SystemReport } from '../../adapters/http/contract/system.js';
import { type Cancelable, request } from './request.js';

export type { SystemReport };

export const getSystem = (options?: Cancelable): Promise<SystemReport> => request('GET', 'system', options);
