// Baseline: runs the command that a POST brings, when a GET for it has come from as many viewers as the POST says, and writes each piece of its
// output to all of them in the frames Runlet uses, without log, store, ids or auth.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

let viewers = [];

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    viewers.push(response);
    return;
  }
  broadcast(await json(request));
  response.end();
});

const broadcast = ({ command }) => {
  const watching = viewers;
  viewers = [];
  let seq = 0;
  const send = (type, rest) => {
    seq += 1;
    const data = JSON.stringify({ seq, type, ts: new Date().toISOString(), ...rest });
    const frame = Buffer.from(`id: ${seq}\nevent: ${type}\ndata: ${data}\n\n`);
    for (const viewer of watching) viewer.write(frame);
  };
  const child = spawn('bash', ['-lc', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.resume();
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (line) => send('log', { stream: 'stdout', line }));
  child.on('close', (exitCode) => {
    send('done', { status: exitCode === 0 ? 'succeeded' : 'failed', exitCode });
    for (const viewer of watching) viewer.end();
  });
};

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`bare-broadcast is ready at http://127.0.0.1:${server.address().port}/\n`);
});
