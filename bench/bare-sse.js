// Baseline: runs the command that a POST brings and streams its output in the frames Runlet uses, without log, store, ids or auth.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const server = createServer(async (request, response) => {
  if (request.url === '/healthz') {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end('{"status":"ok"}');
    return;
  }
  stream(await text(request), response);
});

const stream = (command, response) => {
  let seq = 0;
  const send = (type, rest) => {
    seq += 1;
    const json = JSON.stringify({ seq, type, ts: new Date().toISOString(), ...rest });
    return response.write(`id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const child = spawn('bash', ['-lc', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.resume();
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (line) => {
    if (!send('log', { stream: 'stdout', line })) child.stdout.pause();
  });
  response.on('drain', () => child.stdout.resume());
  child.on('close', (exitCode) => {
    send('done', { status: exitCode === 0 ? 'succeeded' : 'failed', exitCode });
    response.end();
  });
};

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`bare-sse is ready at http://127.0.0.1:${server.address().port}/\n`);
});
