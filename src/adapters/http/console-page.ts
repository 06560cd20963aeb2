import { createHash } from 'node:crypto';
import type { RouteSpec } from './contract/route-spec.js';
import { ROUTES } from './contract/routes.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
pre { padding: 1rem; overflow-x: auto; border: 1px solid #8886; border-radius: 6px }
td { padding: .2rem 1rem .2rem 0; vertical-align: top }
`;

/** The page for people: how this version is used, over its API. @param service `base`: scheme, host and prefix */
export const consolePage = ({ base, version }: { base: string; version: string }) => ({
  html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Runlet</title>
<style>${STYLE}</style>
<h1>Runlet ${escape(version)}</h1>
<p>This server keeps, runs and watches scripts. This version has no pages to click through: it is used over its API, here from a shell.
Put your own name and password in place of <code>ADMIN_USER:ADMIN_PASS</code>.</p>
<pre>${escape(curlLines(base))}</pre>
<p>The whole API, for machines: <a href="${escape(base)}/api/admin/openapi.json">openapi.json</a>.</p>
<table>
${Object.values(ROUTES).map(row).join('\n')}
</table>
</html>
`,
  contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; frame-ancestors 'none'`,
});

const curlLines = (base: string): string =>
  `# create a script
curl -u 'ADMIN_USER:ADMIN_PASS' ${base}/api/admin/scripts \\
  -H 'content-type: application/json' \\
  -d '{"name": "Hello", "type": "bash", "script": "echo hello from $(hostname)"}'

# run it: the answer above has its id, the answer here the run's
curl -u 'ADMIN_USER:ADMIN_PASS' -X POST ${base}/api/admin/scripts/SCRIPT_ID/run

# watch it
curl -u 'ADMIN_USER:ADMIN_PASS' -N ${base}/api/admin/scripts/runs/RUN_ID/stream`;

const row = ({ method, path, summary }: RouteSpec): string =>
  `<tr><td><code>${method} ${escape(path)}</code><td>${escape(summary)}`;

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
