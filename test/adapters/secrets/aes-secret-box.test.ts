import { describe, expect, it } from '@jest/globals';
import { makeAesSecretBox } from '../../../src/adapters/secrets/aes-secret-box.js';
import { makeSecretKey, type SecretKey } from '../../../src/adapters/secrets/secret-key.js';

const place = { scriptId: '65f0000000000000000000aa', key: 'TOKEN' };
const boxWith = (...keys: [SecretKey, ...SecretKey[]]) =>
  makeAesSecretBox({ present: () => keys, current: () => keys[0] });

describe('the secret box', () => {
  const key = makeSecretKey();
  const box = boxWith(key);

  it.each(['s3cr3t', '', 'wörd 🌍\nsecond line\0', 'x'.repeat(32 * 1024)])(
    'opens what it has sealed (%#)',
    async (value) => {
      const sealed = await box.seal(value, place);
      expect(await box.open(sealed, place)).toBe(value);
      expect(sealed).toMatchObject({ keyId: key.id, bytes: Buffer.byteLength(value) });
    },
  );

  it('never seals the same value to the same text, and shows nothing of it', async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, () => box.seal('s3cr3t-value', place)));
    expect(new Set(sealed.map(({ ciphertext }) => ciphertext)).size).toBe(50);
    for (const { ciphertext } of sealed)
      expect(Buffer.from(ciphertext, 'base64').toString('latin1')).not.toContain('s3cr');
  });

  it('opens nothing in another place', async () => {
    const sealed = await box.seal('s3cr3t', place);
    for (const other of [
      { ...place, key: 'OTHER' },
      { ...place, scriptId: '65f0000000000000000000ab' },
    ]) {
      await expect(box.open(sealed, other)).rejects.toMatchObject({ code: 'secret.unreadable' });
    }
  });

  it('opens nothing that was changed', async () => {
    const sealed = await box.seal('s3cr3t', place);
    const bytes = Buffer.from(sealed.ciphertext, 'base64');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
      await expect(box.open({ ...sealed, ciphertext: changed.toString('base64') }, place)).rejects.toMatchObject({
        code: 'secret.unreadable',
      });
    }
    for (const ciphertext of ['', 'AAAA', bytes.subarray(0, -1).toString('base64')]) {
      await expect(box.open({ ...sealed, ciphertext }, place)).rejects.toMatchObject({ code: 'secret.unreadable' });
    }
  });

  it('opens with an earlier key, and seals with the present one', async () => {
    const old = await box.seal('s3cr3t', place);
    const next = makeSecretKey();
    const both = boxWith(next, key);
    expect(await both.open(old, place)).toBe('s3cr3t');
    expect((await both.seal('s3cr3t', place)).keyId).toBe(next.id);
    expect([both.knows(old), both.isCurrent(old), box.isCurrent(old)]).toEqual([true, false, true]);
  });

  it('names the secret and the key that is missing, and no value', async () => {
    const sealed = await box.seal('s3cr3t', place);
    const stranger = boxWith(makeSecretKey());
    expect(stranger.knows(sealed)).toBe(false);
    await expect(stranger.open(sealed, place)).rejects.toMatchObject({
      message: `the secret TOKEN cannot be read: it was sealed with the key ${key.id}, which this server does not have`,
    });
  });
});
