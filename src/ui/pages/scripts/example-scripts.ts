import type { NewScript } from '../../api/scripts.js';

export interface ExampleScript {
  /** What it shows, for the list. */
  readonly shows: string;
  readonly script: NewScript;
}

/** Scripts to start from, by the name under which `new?example=…` knows them. */
export const EXAMPLE_SCRIPTS: Readonly<Record<string, ExampleScript>> = {
  bash: {
    shows: 'Disk space of the host, and what takes most of it.',
    script: {
      name: 'Disk space',
      description: 'How full the disks are, and the largest folders below a path.',
      type: 'bash',
      runner: 'host',
      env: [{ key: 'FOLDER', value: '/var' }],
      timeoutMs: 60_000,
      script: `set -euo pipefail

echo "== Disks"
df -h -x tmpfs -x devtmpfs

echo
echo "== Largest folders below $FOLDER"
du -xh --max-depth=2 "$FOLDER" 2>/dev/null | sort -rh | head -n 15
`,
    },
  },
  node: {
    shows: 'Asks a health address every second and reports how it answers.',
    script: {
      name: 'Health check',
      description: 'Requests an address ten times, a second apart, and fails when one request does.',
      type: 'node',
      runner: 'host',
      env: [{ key: 'ADDRESS', value: 'http://127.0.0.1:3000/healthz' }],
      timeoutMs: 60_000,
      script: `const times = 10;
let failed = 0;

for (let i = 1; i <= times; i++) {
  const start = performance.now();
  try {
    const { status, ok } = await fetch(process.env.ADDRESS);
    if (!ok) failed++;
    console.log(\`\${i}/\${times}  \${status}  \${Math.round(performance.now() - start)} ms\`);
  } catch (error) {
    failed++;
    console.error(\`\${i}/\${times}  \${error.message}\`);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

process.exitCode = failed > 0 ? 1 : 0;
`,
    },
  },
  vm2: {
    shows: 'Works something out in a sandbox, without files, network or modules.',
    script: {
      name: 'Retry schedule',
      description: 'When a job that backs off exponentially is tried, worked out in a sandbox.',
      type: 'node',
      runner: 'vm2',
      timeoutMs: 5000,
      script: `const attempts = 8;
const firstMs = 500;
const maxMs = 30_000;

let at = 0;
const schedule = [];
for (let attempt = 1; attempt <= attempts; attempt++) {
  schedule.push({ attempt, afterMs: at });
  console.log(\`attempt \${attempt} after \${at / 1000} s\`);
  at += Math.min(firstMs * 2 ** (attempt - 1), maxMs);
}
return schedule;
`,
    },
  },
};
