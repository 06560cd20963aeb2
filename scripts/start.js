// npm start: builds what is missing or older than its sources, then serves in this same process.
import { build } from './build.js';

process.on('SIGUSR1', () => undefined); // opens Node's inspector otherwise, which the server would keep

await build({ ifStale: true });
await import('../dist/main.js');
