import { expect, it } from '@jest/globals';
import { createRunlet } from '../../src/index.js';
import { describeWithFerretDb } from '../support/ferretdb/describe-with-ferretdb.js';
import { freshDataDir, PASSWORD, startInVain } from './support/server.js';

const COMPLAINT =
  /^MongoDB at 127\.0\.0\.1:\d+ cannot be used: \d+ of 16 concurrent conditional writes of one document took effect where exactly one must, .* in MONGODB_URI$/;

await describeWithFerretDb('A MongoDB on which a run could be executed twice', (uri) => {
  it('is refused when the server starts, in one line', async () => {
    const settings = { ...(await freshDataDir()), ADMIN_PASS: PASSWORD, MONGODB_URI: uri };
    const { code, stdout, complaint } = await startInVain(settings);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(complaint).toMatch(COMPLAINT);
    expect(complaint.split('\n')).toHaveLength(1);
  });

  it('is refused when a host application starts Runlet, with the same words', async () => {
    const settings = { ...(await freshDataDir()), ADMIN_PASS: PASSWORD, LOG_LEVEL: 'silent', MONGODB_URI: uri };
    await expect(createRunlet(settings).start()).rejects.toThrow(COMPLAINT);
  });
});
