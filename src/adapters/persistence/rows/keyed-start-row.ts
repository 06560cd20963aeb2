import { z } from 'zod';
import type { KeyedStart } from '../../../domain/run/keyed-start.js';
import { text, time, type Row } from './row.js';

const keyedStart = z.object({ key: text, request: text, runId: text, at: time, accepted: z.boolean() });

/** Null for a row that is none, which is as good as no row: the key is free. */
export const readKeyedStart = (row: Row): KeyedStart | null => keyedStart.safeParse(row).data ?? null;
