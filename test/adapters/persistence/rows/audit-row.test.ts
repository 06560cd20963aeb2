import { describe, expect, it } from '@jest/globals';
import { readAuditEvent } from '../../../../src/adapters/persistence/rows/audit-row.js';
import { anAuditEvent } from '../../../contracts/samples.js';

describe('readAuditEvent', () => {
  it('reads back what Runlet stored', () => {
    const event = anAuditEvent({ count: 3 });
    expect(readAuditEvent({ ...event })).toEqual(event);
  });

  it('is null for a document of another application', () => {
    expect(readAuditEvent({ id: '65f000000000000000000001', action: 'login', actorId: 'x' })).toBeNull();
    expect(readAuditEvent({ ...anAuditEvent(), action: 'users.delete' })).toBeNull();
    expect(readAuditEvent({ ...anAuditEvent(), at: 0 })).toBeNull();
  });
});
