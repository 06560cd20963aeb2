import type { RealmSettings, WorkerMessage } from './worker-realm.js';

/** What the frame's program uses of its window. */
export interface FrameWindow {
  readonly parent: unknown;
  addEventListener(type: 'message', listener: (event: PortEvent) => void): void;
  readonly Blob: new (parts: string[], options: { type: string }) => object;
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
  readonly Worker: new (url: string) => FrameWorker;
  readonly crypto: { getRandomValues(array: Uint32Array): Uint32Array };
  readonly performance: { now(): number };
}

interface PortEvent {
  readonly source: unknown;
  readonly ports: readonly [FramePort?];
}

interface FramePort {
  onmessage: ((event: { data: RunInFrame }) => void) | null;
  postMessage(message: FromFrame): void;
}

/** Firefox tells nothing of it. */
interface CompileError {
  readonly message?: string;
  readonly lineno?: number;
  readonly colno?: number;
}

interface FrameWorker {
  onmessage: ((event: { data: WorkerMessage }) => void) | null;
  onerror: ((event: CompileError & { preventDefault(): void }) => void) | null;
  terminate(): void;
}

/** The one message that the console sends on the port. To end the script it takes the frame away. */
export interface RunInFrame {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the frame sends: what came out of the Worker, `ready` first, `flooded` when it had to end the Worker for its messages. */
export type FromFrame = WorkerMessage | { readonly type: 'ready' | 'flooded' };

/** Source texts and limits that the frame is made with. */
export interface FrameSettings {
  readonly realm: string;
  readonly inspect: string;
  readonly outputBytes: number;
  readonly resultBytes: number;
}

/**
 * Runs one script in a Worker for the console, which is its parent. It stands in the frame as source text: it must not refer to anything
 * outside itself.
 */
export const runFrame = (frame: FrameWindow, settings: FrameSettings): void => {
  'use strict';
  /** The realm sends some 20 messages a second at most; a script that finds a way around it does not get far. */
  const MOST_MESSAGES_A_SECOND = 500;
  const UNKNOWN_ERROR = 'SyntaxError: the script does not compile, and this browser does not say where\n';

  const run = (port: FramePort, { script, env }: RunInFrame): void => {
    const source = `runlet-${frame.crypto.getRandomValues(new Uint32Array(2)).join('-')}.js`;
    const opening = '(async function script() {';
    const before = (own: RealmSettings): string =>
      `(${settings.realm})(self, (${settings.inspect})(), ${JSON.stringify(own)})\n`;
    const { outputBytes, resultBytes } = settings;
    const own = { env, source, linesBefore: 0, columnsBefore: opening.length, outputBytes, resultBytes };
    const linesBefore = before(own).split('\n').length - 1;
    const body = script.replace(/^#!/, '//');
    const text = `${before({ ...own, linesBefore })}${opening}${body}\n});\n//# sourceURL=${source}`;

    const url = frame.URL.createObjectURL(new frame.Blob([text], { type: 'text/javascript' }));
    const worker = new frame.Worker(url);
    let messages = 0;
    let second = frame.performance.now();
    worker.onmessage = ({ data }) => {
      const now = frame.performance.now();
      if (now - second > 1000) {
        second = now;
        messages = 0;
      }
      if (++messages > MOST_MESSAGES_A_SECOND) {
        worker.onmessage = null;
        worker.terminate();
        port.postMessage({ type: 'flooded' });
      } else port.postMessage(data);
    };
    const placeOf = ({ lineno = 0, colno = 0 }: CompileError): string => {
      const row = lineno - linesBefore;
      return `script.js:${row}:${colno - (row === 1 ? opening.length : 0)}`;
    };
    // Only what does not compile comes here; the realm catches the rest.
    worker.onerror = (event) => {
      event.preventDefault();
      const line = event.message === undefined ? UNKNOWN_ERROR : `${event.message}\n    at ${placeOf(event)}\n`;
      port.postMessage({ type: 'output', pieces: [['stderr', line]], dropped: 0 });
      port.postMessage({ type: 'end', threw: true });
    };
  };

  // No policy that browsers know covers it. Workers have none; the frame's document needs none.
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) Reflect.deleteProperty(frame, name);
  let taken = false;
  frame.addEventListener('message', ({ source, ports: [port] }) => {
    if (taken || source !== frame.parent || !port) return;
    taken = true;
    port.onmessage = ({ data }) => {
      port.onmessage = null;
      run(port, data);
    };
    port.postMessage({ type: 'ready' });
  });
};
