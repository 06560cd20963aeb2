import { pino } from 'pino';
import type { Log } from '../application/ports/log.js';

/** What is kept of lines that cannot be written now. Later lines are dropped. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Writes JSON lines to stderr; stdout is for what a person reads at the start. A line that cannot be written, because the reader is gone
 * or a disk is full, is never an error of what logs it. When there is room again, the next line brings those that were kept.
 * @param descriptor where to write instead of stderr
 */
export const makeLog = (level: string, descriptor = 2): Log => {
  const destination = pino.destination({ dest: descriptor, sync: true, maxLength: KEPT_BYTES });
  destination.on('error', () => undefined);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
};
