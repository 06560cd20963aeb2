import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { hashPassword } from '../../src/adapters/http/password-hash.js';
import { SCRIPTS } from './support/api-client.js';
import { plainEnvironment, startProgram } from './support/program.js';
import { cleanUp, freshDataDir, PROJECT, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

const BOM = '\uFEFF';
const password = 'grüße an alle';
const hash = await hashPassword(password);
const SECRET_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');

const fileWith = async (content: string | Buffer): Promise<string> => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, content, { mode: 0o600 });
  return file;
};

const sourcesOf = (write: (text: string) => string | Buffer) =>
  [
    ['ADMIN_PASS_FILE', async () => ({ ADMIN_PASS_FILE: await fileWith(write(password)) })],
    ['ADMIN_USERS_FILE', async () => ({ ADMIN_USERS_FILE: await fileWith(write(`# people\r\nadmin:${hash}`)) })],
    ['SECRET_KEY_FILE', async () => ({ ADMIN_PASS: password, SECRET_KEY_FILE: await fileWith(write(SECRET_KEY)) })],
  ] as const;

describe('A password, users or key file that begins with a byte order mark and ends with newlines', () => {
  it.each(sourcesOf((text) => `${BOM}${text}\r\n\n`))(
    'lets its admin in: %s',
    async (_, settings) => {
      const server = await startServer({ ...(await freshDataDir()), ADMIN_PASS: undefined, ...(await settings()) });
      expect((await server.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
      await server.stop();
    },
    30_000,
  );

  it('may have been put into ADMIN_PASS itself, newline and all', async () => {
    const server = await startServer({ ...(await freshDataDir()), ADMIN_PASS: `${password}\n` });
    expect((await server.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
    await server.stop();
  }, 30_000);

  it('is DATA_DIR/admin-password, edited', async () => {
    const settings = { ...(await freshDataDir()), ADMIN_PASS: undefined };
    await (await startServer(settings)).stop();
    await writeFile(join(settings.DATA_DIR, 'admin-password'), `${BOM}${password}\r\n`);
    const server = await startServer(settings);
    expect((await server.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
    await server.stop();
  }, 30_000);
});

describe('One with which nobody could get in', () => {
  const encodings = [
    ['in UTF-16', (text: string) => Buffer.from(`${BOM}${text}`, 'utf16le'), 'is in UTF-16; save it in UTF-8'],
    ['in Latin-1', (text: string) => Buffer.from(`${text}\n# ä`, 'latin1'), 'is not in UTF-8; save it in UTF-8'],
  ] as const;
  const cases = encodings.flatMap(([encoding, write, sentence]) =>
    sourcesOf(write).map(([name, settings]) => ({ name, encoding, settings, sentence })),
  );

  it.each(cases)(
    'stops the start with one line: $name $encoding',
    async ({ name, settings, sentence }) => {
      const { code, complaint } = await startInVain({ ...(await freshDataDir()), ...(await settings()) });
      expect(code).toBe(1);
      expect(complaint).toMatch(new RegExp(`^${name}: [^\\n]*/file ${sentence}$`));
    },
    30_000,
  );

  it.each([
    ['two lines', `${password}\nsecond line\n`],
    ['a control character', `grü\u0007ße\n`],
  ])(
    'stops the start: a password of %s',
    async (_, content) => {
      const settings = { ADMIN_PASS_FILE: await fileWith(content) };
      const { code, complaint } = await startInVain({ ...(await freshDataDir()), ...settings });
      expect(code).toBe(1);
      expect(complaint).toMatch(/^ADMIN_PASS: must be one line without control characters[^\n]*$/);
      expect(complaint).not.toContain('grü');
    },
    30_000,
  );
});

describe('npm run hash-password', () => {
  const hashOf = async (given: Buffer) => {
    const program = startProgram(process.execPath, ['dist/hash-password.js'], {
      cwd: PROJECT,
      env: plainEnvironment(),
      input: given,
    });
    const { code } = await program.exited;
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };

  it('hashes the password without byte order mark and carriage return', async () => {
    const { stdout } = await hashOf(Buffer.from(`${BOM}${password}\r\n`));
    const ADMIN_USERS_FILE = await fileWith(`admin:${stdout}`);
    const server = await startServer({ ...(await freshDataDir()), ADMIN_PASS: undefined, ADMIN_USERS_FILE });
    expect((await server.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
    await server.stop();
  }, 30_000);

  it.each([
    ['in UTF-16', Buffer.from(`${BOM}${password}\r\n`, 'utf16le'), /^The password is in UTF-16; save it in UTF-8\.$/],
    ['with a control character', Buffer.from('left\u001b[D\n'), /^The password holds a control character/],
  ])('refuses one %s', async (_, given, message) => {
    const { code, stdout, stderr } = await hashOf(given);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim()).toMatch(message);
  });
});
