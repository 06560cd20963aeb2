import { writeFileSync } from 'node:fs';

/** Of -20 to 19: a tenth of the weight of what is not nice. */
export const NICENESS = 10;

/**
 * Lets the whole session that the process leads give way. Where Linux groups processes by session (sched(7), "The autogroup feature"),
 * how nice one is counts within its session only.
 */
export const giveWay = (leader: number): void => {
  try {
    writeFileSync(`/proc/${leader}/autogroup`, String(NICENESS));
  } catch {
    // no such feature, or the process has ended
  }
};
