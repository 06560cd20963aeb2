// Baseline: the least that Node needs to answer the two requests of a client who starts a vm2 script and watches it. PORT says where.
import { createServer } from 'node:http';
import { BODY, makePrepared } from './support/prepared-sandbox.js';

const REFILL_MS = 30;

let ready = makePrepared();
let started = null;

const start = (response) => {
  started = ready;
  setTimeout(() => (ready = makePrepared()), REFILL_MS);
  started.stdin.end(BODY);
  response.writeHead(202, { 'content-type': 'application/json; charset=utf-8' });
  response.end('{"runId":"the-only-one"}');
};

const stream = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  started.stdout.on('data', (data) => {
    response.write(`event: log\ndata: ${JSON.stringify({ line: data.toString() })}\n\n`);
  });
  started.stdout.once('end', () => response.end());
};

const server = createServer((request, response) => (request.method === 'POST' ? start : stream)(response));
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`bare-sandbox-server is ready at http://127.0.0.1:${server.address().port}/\n`);
});
process.once('SIGTERM', () => {
  ready.kill();
  process.exit();
});
