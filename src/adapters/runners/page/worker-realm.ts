/** What the realm uses of the global scope of a Worker. */
export interface WorkerScope {
  postMessage(message: WorkerMessage): void;
  setTimeout(callback: () => void, ms: number): number;
  addEventListener(type: string, listener: (event: UncaughtEvent) => void): void;
  readonly performance: { now(): number };
  readonly location: { readonly href: string };
}

/** An `ErrorEvent` or a `PromiseRejectionEvent`. */
interface UncaughtEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** What comes out of the Worker. Nobody takes it on trust: the script may have sent it. */
export type WorkerMessage =
  | { readonly type: 'output'; readonly pieces: readonly [stream: string, text: string][]; readonly dropped: number }
  | { readonly type: 'end'; readonly threw: boolean; readonly json?: string; readonly note?: string };

export interface RealmSettings {
  readonly env: Readonly<Record<string, string>>;
  /** What stack traces call the text in which realm and script stand, and how many lines come before the script. */
  readonly source: string;
  readonly linesBefore: number;
  /** What stands before the script in its first line, in characters. */
  readonly columnsBefore: number;
  /** Bytes of output that go out; the rest is counted. */
  readonly outputBytes: number;
  readonly resultBytes: number;
}

/**
 * Makes a Worker the world of a script, and answers the call that runs it: a console whose output goes out in messages that cannot
 * become a flood, `env`, no way to send messages of its own.
 * It runs in the Worker, sent there as source text: it must not refer to anything outside itself.
 */
export const makeWorkerRealm = (
  scope: WorkerScope,
  inspect: (value: unknown) => string,
  settings: RealmSettings,
): ((main: () => Promise<unknown>) => void) => {
  'use strict';
  /** So many messages may go out at once, and so many more each second; what comes faster goes out in larger ones. */
  const BURST = 100;
  const PER_SECOND = 20;
  const BATCH_BYTES = 16 * 1024;
  const BATCH_MS = 100;

  const { env, source, linesBefore, columnsBefore, outputBytes, resultBytes } = settings;
  const { performance } = scope;
  /** What WebKit calls the text in stack traces, whatever its `sourceURL` says. */
  const { href } = scope.location;
  const send = scope.postMessage.bind(scope);
  const after = scope.setTimeout.bind(scope);
  const { stringify } = JSON;
  const { assign, create, freeze } = Object;
  const { defineProperty, deleteProperty, getPrototypeOf } = Reflect;

  let waiting: [string, string][] = [];
  let waitingBytes = 0;
  let sentBytes = 0;
  let dropped = 0;
  let toldDropped = 0;
  let credit = BURST;
  let creditAt = performance.now();
  let timer = false;
  let over = false;

  const mayFlush = (): boolean => {
    const now = performance.now();
    credit = Math.min(BURST, credit + ((now - creditAt) / 1000) * PER_SECOND);
    creditAt = now;
    return credit >= 1;
  };

  const flush = (): void => {
    if (waiting.length === 0 && dropped === toldDropped) return;
    credit -= 1;
    send({ type: 'output', pieces: waiting, dropped: dropped - toldDropped });
    toldDropped = dropped;
    waiting = [];
    waitingBytes = 0;
  };

  const say = (stream: string, text: string): void => {
    if (over) return;
    const room = outputBytes - sentBytes;
    const kept = room > 0 ? text.slice(0, room) : '';
    const bytes = bytesOf(kept);
    dropped += kept === text ? 0 : bytesOf(text) - bytes;
    sentBytes += bytes;
    waitingBytes += bytes;
    const last = waiting[waiting.length - 1];
    if (last?.[0] === stream) last[1] += kept;
    else if (kept !== '') waiting[waiting.length] = [stream, kept];
    if (kept !== '' && (waitingBytes >= BATCH_BYTES || mayFlush())) flush();
    else if (!timer) {
      timer = true;
      after(() => {
        timer = false;
        flush();
      }, BATCH_MS);
    }
  };

  const bytesOf = (text: string): number => {
    let bytes = text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x800) bytes += unit >= 0xd800 && unit < 0xe000 ? 1 : 2;
      else if (unit >= 0x80) bytes += 1;
    }
    return bytes;
  };

  /** Traces as if the script stood alone in a file, in the lines that its author sees. */
  const inLinesOfScript = (text: string): string => {
    if (![source, href].some((name) => text.includes(name))) return text;
    const place = new RegExp(`(?:[^\\s(@]*${source}|${href}):(\\d+):(\\d+)`);
    const lines = text.split('\n').flatMap((line) => {
      const [whole, row, column] = place.exec(line) ?? [];
      if (whole === undefined) return [line];
      const ownRow = Number(row) - linesBefore;
      const ownColumn = Number(column) - (ownRow === 1 ? columnsBefore : 0);
      if (ownRow < 1 || ownColumn < 1) return []; // a frame of this realm
      return [line.replace(whole, `script.js:${ownRow}:${ownColumn}`)];
    });
    return lines.join('\n');
  };

  const show = (values: readonly unknown[]): string =>
    `${values.map((value) => inLinesOfScript(inspect(value))).join(' ')}\n`;

  const end = (threw: boolean, result: { json?: string; note?: string } = {}): void => {
    if (over) return;
    flush();
    over = true;
    send({ type: 'end', threw, ...result });
  };

  const fail = (thrown: unknown): void => {
    say('stderr', `Uncaught ${show([typeof thrown === 'string' ? stringify(thrown) : thrown])}`);
    end(true);
  };

  const settle = (result: unknown): void => end(false, result === undefined ? {} : kept(result));

  const kept = (result: unknown): { json: string } | { note: string } => {
    try {
      const json = stringify(result) as string | undefined;
      if (json === undefined) return notKept(`a ${typeof result} is no JSON`);
      const bytes = bytesOf(json);
      return bytes <= resultBytes
        ? { json }
        : notKept(`it has ${bytes} bytes of JSON, and ${resultBytes} are the most`);
    } catch (thrown) {
      return notKept(inspect(thrown).split('\n', 1).join('').slice(0, 200));
    }
  };

  const notKept = (why: string): { note: string } => ({ note: `the result is not kept: ${why}` });

  const offer = (name: string, value: unknown): void => {
    defineProperty(scope, name, { value, writable: true, configurable: true, enumerable: false });
  };

  // Whatever could reach the frame without passing `say`, and storage that WebKit has in an origin that is nobody's, on the scope itself and
  // on what it inherits from.
  for (let at: object | null = scope; at !== null; at = getPrototypeOf(at)) {
    for (const name of ['postMessage', 'close', 'caches']) deleteProperty(at, name);
  }
  offer('console', {
    log: (...values: unknown[]) => say('stdout', show(values)),
    info: (...values: unknown[]) => say('stdout', show(values)),
    debug: (...values: unknown[]) => say('stdout', show(values)),
    warn: (...values: unknown[]) => say('stderr', show(values)),
    error: (...values: unknown[]) => say('stderr', show(values)),
  });
  defineProperty(scope, 'env', { value: freeze(assign(create(null) as object, env)), enumerable: false });
  for (const type of ['error', 'unhandledrejection']) {
    scope.addEventListener(type, (event) => {
      event.preventDefault();
      fail(type === 'error' ? event.error : event.reason);
    });
  }

  return (main) => void main().then(settle, fail);
};
