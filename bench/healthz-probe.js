// Asks a server's /healthz every 10 ms, in a process of its own: a busy client would see its own delays. Each request is sent when it is
// due, answered or not the one before, so that a stall counts as often as it would have been met.
import { Agent, get } from 'node:http';
import { clearInterval, setInterval } from 'node:timers';

const EVERY_MS = 10;
const agent = new Agent({ keepAlive: true });
let timer;
let samples = [];
let pending = new Set();

const ask = (url) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const request = get(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        samples.push(performance.now() - startedAt);
        resolve();
      });
    });
    request.once('error', reject);
  });

process.on('message', async ({ url }) => {
  if (url !== undefined) {
    samples = [];
    await ask(url); // opens the first connection
    samples = [];
    timer = setInterval(() => {
      const asked = ask(url).finally(() => pending.delete(asked));
      pending.add(asked);
    }, EVERY_MS);
    process.send({ value: null });
    return;
  }
  clearInterval(timer);
  await Promise.all(pending);
  process.send({ value: samples });
});
