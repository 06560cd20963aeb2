// npm start: builds what is missing or older than its sources, then serves in this same process. Without top-level await, for old versions of Node.
import { preflight } from './preflight.js';

const start = () => {
  process.on('SIGUSR1', () => undefined); // opens Node's inspector otherwise, which the server would keep
  return import('./build.js').then(({ build }) => build({ ifStale: true })).then(() => import('../dist/main.js'));
};

if (preflight(process.argv.slice(2))) start();
