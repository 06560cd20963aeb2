// npm run pictures: takes the pictures of the console in docs/pictures/ from a running server with example data.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from './build.js';
import { ARGUMENTS, findChromium, MISSING } from './find-chromium.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs', 'pictures');
const ADMIN = { username: 'admin', password: 'only for the pictures' };

const SCRIPTS = [
  {
    name: 'Clean package caches',
    description: 'Removes what package managers keep of downloads.',
    type: 'bash',
    script: 'echo nothing to clean',
    enabled: false,
  },
  {
    name: 'Restart the worker',
    description: 'Stops the worker when its queue is empty, and starts it again. Asks first.',
    type: 'bash',
    script: 'sleep 600',
    timeoutMs: 1200,
    confirm: true,
  },
  {
    name: 'Certificate expiry',
    description: 'Fails when a certificate ends within two weeks.',
    type: 'node',
    script: `console.log('shop.example    61 days');
console.log('api.example     44 days');
console.error('\\x1b[31mmail.example    9 days\\x1b[0m');
process.exitCode = 2;`,
  },
  {
    name: 'Retry schedule',
    description: 'When a job that backs off exponentially is tried, worked out in a sandbox.',
    type: 'node',
    runner: 'vm2',
    script: 'return Array.from({ length: 8 }, (_, i) => 500 * 2 ** i);',
  },
  {
    name: 'Nightly backup',
    description: 'Dumps the database, checks the dump and keeps the last seven.',
    type: 'bash',
    env: [
      { key: 'KEEP', value: '7' },
      { key: 'TARGET', value: '/var/backups/shop' },
    ],
    timeoutMs: 600_000,
    script: `set -euo pipefail

tables=(customers orders order_lines invoices payments products stock addresses sessions events)
echo "Backup of shop to $TARGET, keeping $KEEP"
for i in "\${!tables[@]}"; do
  printf '\\e[32m%3d %%\\e[0m  %-12s %7d rows\\n' $(((i + 1) * 100 / \${#tables[@]})) "\${tables[$i]}" $((RANDOM * 7))
  sleep "\${PACE:-0.05}"
done
echo "warning: events is larger than last time by 40 %" >&2
echo -e "\\e[1mDone.\\e[0m Removing backups older than $KEEP days"
`,
  },
];

const main = async () => {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(MISSING);
  await build({ ifStale: true });
  await mkdir(folder, { recursive: true });
  const data = await mkdtemp(join(tmpdir(), 'runlet-pictures-'));
  const server = spawn(process.execPath, [join(root, 'dist/main.js')], {
    env: { ...process.env, PORT: '0', DATA_DIR: join(data, 'data'), ADMIN_PASS: ADMIN.password, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  try {
    const url = await addressOf(server);
    const shown = await fill(url);
    for (const colorScheme of ['light', 'dark']) await take(browser, url, colorScheme, shown);
  } finally {
    await browser.close();
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    await rm(data, { recursive: true });
  }
};

const addressOf = async (server) => {
  for await (const line of createInterface(server.stdout)) {
    const url = /is ready at (http:\/\/\S+)\/admin\/scripts/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('the server did not start');
};

/** Makes scripts and runs over the API, as an admin would. */
const fill = async (url) => {
  const authorization = `Basic ${Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString('base64')}`;
  const call = async (method, path, body) => {
    const response = await fetch(`${url}/api/admin/scripts${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  const start = async (id) => (await call('POST', `/${id}/run`, { trigger: 'manual' })).runId;
  const ended = async (runId) => {
    for (;;) {
      const { item } = await call('GET', `/runs/${runId}`);
      if (item.finishedAt) return item;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ids = [];
  for (const script of SCRIPTS) ids.push((await call('POST', '', script)).item.id);
  const [, worker, certificates, schedule, backup] = ids;
  for (const id of [backup, schedule, certificates, worker, backup, schedule, backup, backup, schedule])
    await ended(await start(id));
  const run = await start(backup);
  await ended(run);
  return { script: backup, run };
};

const take = async (browser, url, colorScheme, { script, run }) => {
  const context = await browser.newContext({
    httpCredentials: ADMIN,
    colorScheme,
    viewport: { width: 1200, height: 720 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const shoot = async (name, path, ready) => {
    await page.goto(`${url}/admin/scripts${path}`);
    await page.locator(ready).first().waitFor();
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  };
  await shoot('scripts', '', 'script-rows');
  await shoot('editor', `/${script}`, '.cm-content');
  await shoot('run', `/runs/${run}`, 'run-log');
  await shoot('runs', '/runs', 'h1');
  await context.close();
};

await main();
