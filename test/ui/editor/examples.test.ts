import { describe, expect, it } from '@jest/globals';
import { EXAMPLES, exampleForm } from '../../../src/ui/editor/examples.js';
import { requestOf } from '../../../src/ui/editor/script-request.js';

describe('the examples', () => {
  it.each(Object.keys(EXAMPLES))('%s can be sent as it is', (name) => {
    expect(requestOf(exampleForm(name)!)).toHaveProperty('body.name');
  });

  it('are none for other names', () => {
    expect(exampleForm('perl')).toBeNull();
    expect(exampleForm('toString')).toBeNull();
  });
});
