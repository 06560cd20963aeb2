import { describe, expect, it } from '@jest/globals';
import { EXAMPLES, findExample } from '../../../src/ui/editor/examples.js';
import { formOfDraft } from '../../../src/ui/editor/script-form.js';
import { requestOf } from '../../../src/ui/editor/script-request.js';

describe('the examples', () => {
  it.each(Object.entries(EXAMPLES))('%s is sent as it is', (_, { script }) => {
    expect(requestOf(formOfDraft(script))).toMatchObject({ body: script });
  });

  it('are none for other names', () => {
    expect(findExample('perl')).toBeUndefined();
    expect(findExample('toString')).toBeUndefined();
  });
});
