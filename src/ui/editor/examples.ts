import type { NewScript } from '../api/scripts.js';

export interface Example {
  /** What it is good for, in a line. */
  readonly shows: string;
  readonly script: NewScript;
}

/**
 * Scripts to start from, by the name under which `new?example=…` knows them. Each is of use as it is, changes nothing, and succeeds on
 * a bare machine.
 */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  bash: {
    shows: 'Memory, disks, load and the largest processes; fails when / is nearly full.',
    script: {
      name: 'Disk and memory check',
      description:
        'Shows memory, file systems, load and the largest processes; fails when / is fuller than LIMIT_PERCENT.',
      type: 'bash',
      runner: 'host',
      timeoutMs: 60_000,
      env: [{ key: 'LIMIT_PERCENT', value: '95' }],
      script: `set -euo pipefail

echo "== $(uname -n), up since $(uptime -s 2>/dev/null || echo unknown), load $(cut -d' ' -f1-3 /proc/loadavg)"

echo
echo "== Memory"
awk '/^(MemTotal|MemAvailable|SwapTotal|SwapFree):/ { printf "%-14s %8.1f MiB\\n", $1, $2 / 1024 }' /proc/meminfo

echo
echo "== File systems"
df -hP -x tmpfs -x devtmpfs -x overlay 2>/dev/null || df -hP

echo
echo "== Largest processes"
for status in /proc/[0-9]*/status; do
  awk '/^Name:/ { name = $2 } /^VmRSS:/ { print $2 / 1024, name }' "$status" 2>/dev/null || true # ended meanwhile
done | sort -rn | awk 'NR <= 5 { printf "%8.1f MiB  %s\\n", $1, $2 }'

used=$(df -P / | awk 'NR == 2 { print $5 + 0 }')
echo
echo "== / is $used % full, the limit is $LIMIT_PERCENT %"
if [ "$used" -gt "$LIMIT_PERCENT" ]; then
  echo "make room on /" >&2
  exit 1
fi
`,
    },
  },
  node: {
    shows: 'The largest files below a folder, read with Node’s own modules.',
    script: {
      name: 'Largest files',
      description: 'Lists the largest files below FOLDER that the user it runs as can read.',
      type: 'node',
      runner: 'host',
      timeoutMs: 120_000,
      env: [{ key: 'FOLDER', value: '/var/log' }],
      script: `const { readdir, lstat } = require('node:fs/promises');
const { join } = require('node:path');

const folder = process.env.FOLDER ?? '/var/log';
const sizes = [];
let unreadable = 0;

const walk = async (path) => {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => {
    unreadable += 1;
    return [];
  });
  for (const entry of entries) {
    const full = join(path, entry.name);
    if (entry.isDirectory()) await walk(full);
    else if (entry.isFile()) {
      const info = await lstat(full).catch(() => null); // deleted meanwhile
      if (info) sizes.push([info.size, full]);
    }
  }
};

await walk(folder);
sizes.sort(([a], [b]) => b - a);

const total = sizes.reduce((sum, [size]) => sum + size, 0);
const mebibytes = (bytes) => (bytes / 1024 / 1024).toFixed(2).padStart(10) + ' MiB';
console.log(mebibytes(total) + '  in ' + sizes.length + ' files below ' + folder);
for (const [size, path] of sizes.slice(0, 20)) console.log(mebibytes(size) + '  ' + path);
if (unreadable > 0) console.warn(unreadable + ' folders could not be read');
`,
    },
  },
  vm2: {
    shows: 'Works out dates in a sandbox, without files, network or modules.',
    script: {
      name: 'Next maintenance windows',
      description:
        'Works out the next COUNT nights from Saturday to Sunday, in UTC. A calculation: it touches nothing.',
      type: 'node',
      runner: 'vm2',
      timeoutMs: 5000,
      env: [{ key: 'COUNT', value: '4' }],
      script: `const DAY = 24 * 60 * 60 * 1000;
const SATURDAY = 6;

const today = new Date();
const midnight = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
const daysToSaturday = (SATURDAY - today.getUTCDay() + 7) % 7;

const windows = [];
for (let week = 0; week < Number(env.COUNT); week += 1) {
  const saturday = midnight + (daysToSaturday + 7 * week) * DAY;
  const window = {
    from: new Date(saturday + 22 * 60 * 60 * 1000).toISOString(),
    to: new Date(saturday + 28 * 60 * 60 * 1000).toISOString(),
  };
  windows.push(window);
  console.log(window.from + ' to ' + window.to);
}

return windows; // kept as the result of the run
`,
    },
  },
};

/** undefined for a name that none has. */
export const findExample = (name: string): Example | undefined =>
  Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
