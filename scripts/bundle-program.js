// Joins the compiled modules of the program and most of its libraries into a few files. Node needs half of a start to find, read and link them.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Native, loaded only where they are used, or started by their path. */
const EXTERNAL = ['libsql', 'mongodb', 'vm2', 'pino'];
/** Beside the modules of this folder, because those find other files by where they are. */
const FOLDER = 'composition';

const MAIN = `#!/usr/bin/env node
import { preflight } from './preflight.js';

if (preflight(process.argv.slice(2))) import('./${FOLDER}/program.js');
`;

/** Replaces `dist/main.js`, the program. The entries of the package, `dist/index.js` and `dist/testing.js`, stay as they were compiled. */
export const bundleProgram = async (dist) => {
  await build({
    configFile: false,
    logLevel: 'error', // its warnings are of how libraries are written
    root: dist,
    ssr: { noExternal: true, external: EXTERNAL },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      emptyOutDir: false,
      outDir: join(dist, FOLDER),
      license: { fileName: 'program-licenses.md' },
      rolldownOptions: {
        input: { program: join(dist, 'main.js') },
        output: { entryFileNames: '[name].js', chunkFileNames: 'program-[name]-[hash].js' },
      },
    },
  });
  copyFileSync(fileURLToPath(new URL('preflight.js', import.meta.url)), join(dist, 'preflight.js'));
  writeFileSync(join(dist, 'main.js'), MAIN);
};
