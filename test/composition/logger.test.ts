import { closeSync, openSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { makeLog } from '../../src/composition/logger.js';

it('lets nobody who logs fail where a line cannot be written', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const log = makeLog('info', full);
    const lines = ['the first', 'the second', 'x'.repeat(2 * 1024 * 1024), 'the last'];
    for (const line of lines) expect(() => log.error({}, line)).not.toThrow();
  } finally {
    closeSync(full);
  }
});
