#!/usr/bin/env node
import { rotateSecrets } from './composition/rotate-secrets.js';

const [option, ...others] = process.argv.slice(2);
if (others.length > 0 || (option !== undefined && option !== '--forget-unreadable')) {
  process.stderr.write('usage: npm run -s rotate-secrets [-- --forget-unreadable]\n');
  process.exit(2);
}

try {
  const { lines, complete } = await rotateSecrets(process.env, { forgetUnreadable: option !== undefined });
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = complete ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
