// npm run dev: serves, and builds and starts anew whenever a source changes.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const start = fileURLToPath(new URL('./start.js', import.meta.url));
const sources = fileURLToPath(new URL('../src', import.meta.url));
let server = null;
let restart = false;
let timer;

const serve = () => {
  restart = false;
  server = spawn(process.execPath, [start], { stdio: 'inherit' });
  server.once('exit', (code) => {
    server = null;
    if (restart) serve();
    else if (code !== 0) process.stderr.write('The server has stopped; it starts again when a source changes.\n');
    else process.exit(0);
  });
};

watch(sources, { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    restart = true;
    if (server) server.kill('SIGTERM');
    else serve();
  }, 200);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
  process.on(signal, () => (server ? server.kill(signal) : process.exit(0)));
serve();
