import { fileURLToPath } from 'node:url';

/** @type {import('vite').UserConfig} */
export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './', // relative: the page works below any prefix; the server turns the paths of the page itself (console-pages.ts)
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL('../../dist/ui', import.meta.url)),
    emptyOutDir: true,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // a data: address would need a wider content security policy
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // All screens in one file: code that is asked for later may be asked for over a dead connection, and cannot be given up.
        // CodeMirror, six times as large, comes when an editor needs it.
        codeSplitting: {
          groups: [
            {
              name: 'console',
              test: /src\/ui\/(?!editor\/(code-mirror|code-highlighting|code-theme|merge-view)\.)|node_modules\/(lit|lit-html|lit-element|@lit)\//,
            },
          ],
        },
      },
    },
  },
};
