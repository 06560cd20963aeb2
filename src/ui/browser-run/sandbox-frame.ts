import { pageAddress } from '../app/addresses.js';
import { type FrameMessage, readFrameMessage } from './frame-message.js';

/**
 * A frame that runs one browser script and has no rights at all: see `browser-frame.ts` of the server for its policy. Taking it away ends
 * the script, whatever it is doing.
 */
export class SandboxFrame {
  readonly #frame: HTMLIFrameElement;
  readonly #channel = new MessageChannel();

  /** @param onMessage `ready` first; `left` when the frame has gone somewhere else, which nothing in it should be able to do */
  constructor(onMessage: (message: FrameMessage | { type: 'left' }) => void) {
    this.#channel.port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = readFrameMessage(data);
      if (message) onMessage(message);
    };
    this.#frame = document.createElement('iframe');
    this.#frame.sandbox.add('allow-scripts');
    this.#frame.hidden = true;
    this.#frame.title = 'The sandbox of a browser script';
    this.#frame.src = pageAddress('browser-frame');
    let loaded = false;
    this.#frame.addEventListener('load', () => {
      if (loaded) onMessage({ type: 'left' });
      // The frame's origin is nobody's, so that no other target can be named.
      else this.#frame.contentWindow?.postMessage(null, '*', [this.#channel.port2]);
      loaded = true;
    });
    document.body.append(this.#frame);
  }

  run(script: string, env: Readonly<Record<string, string>>): void {
    this.#channel.port1.postMessage({ script, env });
  }

  close(): void {
    this.#channel.port1.onmessage = null;
    this.#channel.port1.close();
    this.#frame.remove();
  }
}
