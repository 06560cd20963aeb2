import { pino } from 'pino';
import type { Log } from '../application/ports/log.js';

/** Writes JSON lines to stderr; stdout is for what a person reads at the start. */
export const makeLog = (level: string): Log =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
