// Many viewers of one stream, in a process of their own. Told where, it opens them and says when all have got the head of an answer; asked
// again, it waits for the end of all streams and tells how late each line came to each of them.
import { Agent, get } from 'node:http';
import { readEvents } from './support/event-stream.js';

/** Every line is `<number> <ns on the monotonic clock of the machine, when it was printed>`. */
class Viewer {
  #late = [];
  #carry = '';
  #expected = 0;

  open(url, headers, agent) {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        resolve({ over: readEvents(response, (type, event) => this.#take(type, event)) });
      }).once('error', reject);
    });
  }

  /** @throws when a line did not come, or not in its place */
  delays(lines) {
    if (this.#expected !== lines) throw new Error(`a viewer got ${this.#expected} of ${lines} lines`);
    return this.#late;
  }

  #take(type, event) {
    if (type !== 'log') return;
    const now = process.hrtime.bigint();
    const lines = (this.#carry + event.line).split('\n');
    this.#carry = lines.pop();
    for (const line of lines) {
      const [number, printedAt] = line.split(' ');
      if (Number(number) !== this.#expected) throw new Error(`line ${number} came in the place of ${this.#expected}`);
      this.#expected += 1;
      this.#late.push(Number(now - BigInt(printedAt)) / 1e6);
    }
  }
}

let viewers = [];
let streams = [];

process.on('message', async ({ open, lines }) => {
  if (open) {
    const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
    viewers = Array.from({ length: open.count }, () => new Viewer());
    streams = await Promise.all(viewers.map((viewer) => viewer.open(open.url, open.headers, agent)));
    process.send({ value: null });
    return;
  }
  await Promise.all(streams.map(({ over }) => over));
  process.send({ value: viewers.flatMap((viewer) => viewer.delays(lines)) });
});
