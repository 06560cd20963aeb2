// Builds src/ui to dist/ui and compresses what it made, so that the server only hands out files.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @throws what Vite says when the sources cannot be bundled */
export const buildConsole = async () => {
  const { build } = await import('vite');
  await build({ configFile: join(root, 'src/ui/vite.config.js'), logLevel: 'warn' });
  const assets = join(root, 'dist/ui/assets');
  for (const name of readdirSync(assets)) compress(join(assets, name));
};

const compress = (file) => {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  for (const [suffix, smaller] of [
    ['br', brotliCompressSync(bytes, { params })],
    ['gz', gzipSync(bytes, { level: 9 })],
  ]) {
    if (smaller.length < bytes.length) writeFileSync(`${file}.${suffix}`, smaller);
  }
};
