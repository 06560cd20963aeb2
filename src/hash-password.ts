#!/usr/bin/env node
import { stdin } from 'node:process';
import { hashPassword } from './adapters/http/password-hash.js';

// Read from stdin: an argument would show in `ps` and stay in the shell's history.
if (stdin.isTTY) process.stderr.write('Password (shown as you type; end with Enter): ');
let given = '';
for await (const chunk of stdin.setEncoding('utf8')) {
  given += String(chunk);
  if (given.includes('\n')) break;
}
const [password = ''] = given.split(/\r?\n/);
if (password === '') {
  process.stderr.write('No password was given. Type one, or pipe it in: npm run -s hash-password < password-file\n');
  process.exitCode = 1;
} else {
  process.stdout.write(`${await hashPassword(password)}\n`);
}
