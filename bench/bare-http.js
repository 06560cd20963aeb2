// Baseline: the least that Node needs to answer over HTTP. PORT says where; it prints one line when it listens.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end('{"status":"ok"}');
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`bare-http is ready at http://127.0.0.1:${server.address().port}/\n`);
});
