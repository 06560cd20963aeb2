// Before the program is loaded: whether this Node can run it, and what the command line asks for. It has to parse on old versions of Node.
import { readFileSync } from 'fs';

const { version, engines } = JSON.parse(String(readFileSync(new URL('../package.json', import.meta.url))));
const least = engines.node.replace('>=', '');

const USAGE = `usage: runlet [--help | --version]

Serves until it is stopped. All settings are environment variables: PORT, HOST, DATA_DIR, ADMIN_PASS and others, which docs/settings.md describes.
`;

/** Whether to serve. Otherwise all is said, and process.exitCode is set. */
export const preflight = (args) => {
  if (isOlder(process.versions.node, least)) {
    return end(1, process.stderr, `Runlet needs Node ${least} or newer; this is Node ${process.versions.node}.\n`);
  }
  if (args.length === 0) return true;
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) return end(0, process.stdout, USAGE);
  if (args.length === 1 && args[0] === '--version') return end(0, process.stdout, `${version}\n`);
  return end(2, process.stderr, `runlet does not know ${args.join(' ')}; runlet --help says what it does\n`);
};

const isOlder = (found, wanted) => {
  const [major, minor] = found.split('.').map(Number);
  const [leastMajor, leastMinor] = wanted.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
};

const end = (code, stream, text) => {
  stream.write(text);
  process.exitCode = code;
  return false;
};
