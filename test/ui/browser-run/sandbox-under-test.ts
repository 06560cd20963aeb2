import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Evaluating, PageUnderTest } from '../../support/browser/page-under-test.js';

/** Counts who comes, and answers nobody. */
export interface Listener {
  readonly port: number;
  /** The first line of each request, or what else was sent; empty for a connection that sent nothing. */
  readonly visits: readonly string[];
  close(): Promise<void>;
}

export const listen = async (): Promise<Listener> => {
  const visits: string[] = [];
  const server = createServer((socket) => {
    const index = visits.push('') - 1;
    socket.on('data', (bytes) => (visits[index] ||= bytes.toString('latin1').split('\r\n', 1)[0] ?? ''));
    socket.on('error', () => undefined);
    setTimeout(() => socket.destroy(), 1000).unref();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    visits,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

export interface Told {
  readonly type: string;
  readonly pieces?: readonly [string, string][];
  readonly dropped?: number;
  readonly threw?: boolean;
  readonly json?: string;
  readonly note?: string;
}

/** Runs a script in the frame, as the console does, to its end or until `ms` are over; answers all that the frame told. */
export const runInFrame = (
  page: Evaluating,
  script: string,
  { env = {}, ms = 10_000 }: { env?: Record<string, string>; ms?: number } = {},
): Promise<Told[]> =>
  page.evaluate(
    ([code, variables, limit]) =>
      new Promise<Told[]>((resolve) => {
        const told: Told[] = [];
        const frame = document.createElement('iframe');
        const { port1, port2 } = new MessageChannel();
        const end = (): void => {
          clearTimeout(timer);
          frame.remove();
          resolve(told);
        };
        const timer = setTimeout(end, limit);
        port1.onmessage = ({ data }: MessageEvent<Told>) => {
          told.push(data);
          if (data.type === 'ready') port1.postMessage({ script: code, env: variables });
          if (data.type === 'end' || data.type === 'flooded') end();
        };
        frame.sandbox.add('allow-scripts');
        frame.src = '/admin/scripts/browser-frame';
        frame.onload = () => frame.contentWindow?.postMessage(null, '*', [port2]);
        document.body.append(frame);
      }),
    [script, env, ms] as const,
  );

/** An empty frame of the kind, for what code that got out of the Worker might try. */
export const openFrame = async (page: PageUnderTest): Promise<Evaluating> => {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const frame = document.createElement('iframe');
        frame.sandbox.add('allow-scripts');
        frame.src = '/admin/scripts/browser-frame';
        frame.onload = () => resolve();
        document.body.append(frame);
      }),
  );
  return page.lastFrame();
};

export const printed = (told: readonly Told[], stream = 'stdout'): string =>
  told.flatMap(({ pieces = [] }) => pieces.map(([from, text]) => (from === stream ? text : ''))).join('');
