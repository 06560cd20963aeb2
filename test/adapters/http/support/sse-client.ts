import { get, type IncomingMessage } from 'node:http';
import { basic, type Api } from './api.js';

/** A viewer of a stream who reads when the test says so. */
export interface Viewer {
  readonly response: IncomingMessage;
  /** All that was read so far. */
  readonly text: () => string;
  /** `data` of the frames read so far, with their ids. */
  readonly frames: () => Frame[];
  /** Resolves when the stream ends or is cut. */
  readonly over: Promise<'ended' | 'cut'>;
  leave(): void;
}

export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** @param reading false: a viewer who never reads a byte of the body */
export const watch = (
  { port }: Pick<Api, 'port'>,
  path: string,
  { headers = {}, reading = true }: { headers?: Record<string, string>; reading?: boolean } = {},
): Promise<Viewer> =>
  new Promise((resolve, reject) => {
    const request = get({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: { authorization: basic(), ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      const over = new Promise<'ended' | 'cut'>((settle) => {
        response.on('end', () => settle('ended'));
        response.on('error', () => settle('cut'));
        response.on('close', () => settle('cut'));
      });
      if (reading) response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      resolve({ response, text: () => text, frames: () => parseFrames(text), over, leave: () => request.destroy() });
    });
  });

/** Whole frames only; comments and `retry` are none. */
export const parseFrames = (text: string): Frame[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Frame)
    .filter(({ event }) => event !== undefined);
