import { describe, expect, it } from '@jest/globals';
import { RUN_STATUSES } from '../../../src/domain/run/script-run.js';
import '../../../src/ui/elements/status-badge.js';

describe('<status-badge>', () => {
  it.each(RUN_STATUSES)('says %s in a word and a picture', async (status) => {
    const badge = document.createElement('status-badge');
    badge.status = status;
    document.body.append(badge);
    await badge.updateComplete;
    const icon = badge.renderRoot.querySelector('ui-icon');
    await icon?.updateComplete;
    expect(badge.renderRoot.querySelector('span')?.textContent.toLowerCase()).toBe(status.replace('_', ' '));
    expect(icon?.renderRoot.querySelectorAll('svg > *').length).toBeGreaterThan(0);
  });
});
