#!/usr/bin/env node
import { stdin } from 'node:process';
import { hashPassword } from './adapters/http/password-hash.js';
import { decodeText } from './composition/text-file.js';

// Read from stdin: an argument would show in `ps` and stay in the shell's history.
if (stdin.isTTY) process.stderr.write('Password (shown as you type; end with Enter): ');
const given: Buffer[] = [];
for await (const chunk of stdin) {
  given.push(chunk as Buffer);
  if ((chunk as Buffer).includes('\n')) break;
}

const refuse = (reason: string): void => {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
};

try {
  const [password = ''] = decodeText(Buffer.concat(given)).split(/\r?\n/);
  if (password === '')
    refuse('No password was given. Type one, or pipe it in: npm run -s hash-password < password-file');
  else if (/\p{Cc}/u.test(password))
    refuse('The password holds a control character, which no client can send. Nothing was hashed.');
  else process.stdout.write(`${await hashPassword(password)}\n`);
} catch (error) {
  refuse(`The password ${(error as Error).message}.`);
}
