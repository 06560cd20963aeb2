import { randomBytes } from 'node:crypto';
import type { Ids } from '../../application/ports/ids.js';

/**
 * ObjectIds as MongoDB makes them (BSON specification, "ObjectId"): 4 bytes of seconds, 5 random bytes of this process, a 3 byte counter.
 * Within a process they ascend, so that ids made in the same millisecond keep their order.
 */
export const objectIds = (now: () => Date = () => new Date()): Ids => {
  const ofProcess = randomBytes(5).toString('hex');
  let counter = randomBytes(3).readUIntBE(0, 3) & 0x7fffff; // room to count up before it wraps
  return {
    next: () => {
      const seconds = Math.floor(now().getTime() / 1000);
      counter = (counter + 1) & 0xffffff;
      return hex(seconds, 8) + ofProcess + hex(counter, 6);
    },
    token: () => randomBytes(16).toString('hex'),
  };
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
