import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** For a start that waits for its store, on a busy machine. */
const START_MS = 60_000;
/** For a stop: the grace of the runs, the end of their processes, a store that is away, on a busy machine. */
const STOP_MS = 40_000;
/** A process that the server left may still hold its output. */
const LAST_WORDS_MS = 200;

/** The real server, restarted whenever it has ended, as a service manager does. */
export class Server {
  /** Ends without a signal, starts that failed, stops that took too long. */
  complaints = [];
  starts = 0;
  /** Since when it is ready, in ms of `performance.now()`; null while it is not. */
  readySince = null;
  #environment;
  #log;
  #mayRefuse;
  #child = null;
  /** Signals sent since the last start. */
  #sent = [];
  #pauseMs = 0;
  #closing = false;
  #kept;

  /** @param mayRefuse answers whether a server may give up now, since its store is away */
  constructor({ environment, logFile, mayRefuse }) {
    this.#environment = environment;
    this.#log = createWriteStream(logFile, { flags: 'a' });
    this.#mayRefuse = mayRefuse;
    this.#kept = this.#keep();
  }

  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Resolves when it is ready. @throws when it has not been within `START_MS` */
  async untilReady() {
    for (const end = performance.now() + START_MS; this.readySince === null; await sleep(50))
      if (performance.now() > end) throw new Error(`the server is not ready: ${this.complaints.join('; ')}`);
  }

  /** @param pauseMs from its end to its restart */
  kill(pauseMs) {
    this.#send('SIGKILL', pauseMs);
  }

  terminate(pauseMs) {
    const child = this.#child;
    this.#send('SIGTERM', pauseMs);
    if (!child || child.exitCode !== null || child.signalCode !== null) return; // it has ended by itself, and says so once
    const late = setTimeout(() => {
      this.complaints.push(`it did not stop within ${STOP_MS / 1000} s of SIGTERM`);
      child.kill('SIGKILL');
    }, STOP_MS);
    child.once('exit', () => clearTimeout(late));
  }

  /** Pauses it with SIGSTOP. */
  async freeze(ms) {
    const child = this.#child;
    child?.kill('SIGSTOP');
    await sleep(ms);
    child?.kill('SIGCONT');
  }

  /** Meanwhile it can make no file longer than `kib`. */
  async limitFiles(kib, ms) {
    const { pid } = this;
    setFileLimit(pid, kib * 1024);
    await sleep(ms);
    setFileLimit(pid, 'unlimited');
  }

  /** Ends it, without a restart. */
  async close() {
    this.#closing = true;
    if (this.#child) this.terminate(0);
    await this.#kept;
    this.#log.end();
  }

  async #keep() {
    while (!this.#closing) {
      await this.#live();
      await sleep(this.#pauseMs);
    }
  }

  /** From its start to its end. */
  async #live() {
    this.#sent = [];
    this.starts++;
    const child = spawn(process.execPath, [MAIN], { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    let wasReady = false;
    for (const output of [child.stdout, child.stderr]) {
      output.pipe(this.#log, { end: false });
      output.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-2000)));
    }
    child.stdout.on('data', (text) => {
      if (!text.includes('is ready at')) return;
      wasReady = true;
      this.readySince = performance.now();
    });
    const [code, signal] = await once(child, 'exit');
    await Promise.race([once(child, 'close'), sleep(LAST_WORDS_MS)]);
    this.readySince = null;
    this.#child = null;
    if (this.#sent.includes('SIGKILL') && signal === 'SIGKILL') return;
    if (this.#sent.includes('SIGTERM') && (code === 0 || signal === 'SIGTERM' || this.#mayRefuse())) return;
    const isCutShort = code === 1 && this.#sent.filter((sent) => sent === 'SIGTERM').length > 1;
    if (isCutShort) return;
    if (!wasReady && this.#mayRefuse()) return;
    const how = `${wasReady ? 'ended' : 'did not start'} with ${signal ?? code}`;
    this.complaints.push(
      `it ${how}${this.#sent.length > 0 ? ' after SIGTERM' : ''}: ${said.trim().split('\n').at(-1)}`,
    );
  }

  #send(signal, pauseMs) {
    this.#pauseMs = pauseMs;
    this.#sent.push(signal);
    this.#child?.kill(signal);
  }
}

/** The soft limit only: it can be raised again. */
const setFileLimit = (pid, limit) => {
  if (pid !== null) spawnSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:`]);
};
