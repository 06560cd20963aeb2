// npm start: builds what is missing or older than its sources, then serves in this same process.
import { build } from './build.js';

await build({ ifStale: true });
await import('../dist/main.js');
