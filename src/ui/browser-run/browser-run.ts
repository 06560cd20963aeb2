import type { PageJob, PageReport } from '../api/browser-runs.js';
import type { FrameMessage } from './frame-message.js';
import { RunReporter } from './run-reporter.js';
import { SandboxFrame } from './sandbox-frame.js';

/** The frame is on the same server and small: after so long it does not come any more. */
const READY_MS = 20_000;

type End = NonNullable<PageReport['end']>;

/** One browser script that runs in this page. */
export class BrowserRun {
  readonly job: PageJob;
  readonly #reporter: RunReporter;
  readonly #frame: SandboxFrame;
  readonly #onOver: () => void;
  #timer: ReturnType<typeof setTimeout>;
  #over = false;

  /** @param onOver called when the script is ended and the server knows how */
  constructor(job: PageJob, onOver: () => void) {
    this.job = job;
    this.#onOver = onOver;
    this.#reporter = new RunReporter(job.runId, () => this.#close());
    this.#frame = new SandboxFrame((message) => this.#hear(message));
    this.#timer = setTimeout(
      () => this.#end({ status: 'failed', message: 'the sandbox of the script did not open' }),
      READY_MS,
    );
  }

  /** Ends the script at once; resolves when what it had printed is told. The run is ended by a cancel. */
  async stop(): Promise<void> {
    this.#endScript();
    await this.#reporter.flush();
  }

  leave(): void {
    this.#endScript();
    this.#reporter.leave('the page that ran it was left');
  }

  #hear(message: FrameMessage | { type: 'left' }): void {
    if (this.#over) return;
    switch (message.type) {
      case 'ready':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#end({ status: 'timed_out' }), this.job.timeoutMs);
        this.#frame.run(this.job.script, Object.fromEntries(this.job.env.map(({ key, value }) => [key, value])));
        break;
      case 'output':
        this.#reporter.output(message.pieces, message.dropped);
        break;
      case 'end':
        this.#end(endOf(message));
        break;
      case 'flooded':
        this.#end({ status: 'failed', message: 'the script sent more messages than a page can take' });
        break;
      case 'left':
        this.#end({ status: 'failed', message: 'the sandbox of the script was left' });
    }
  }

  #end(end: End): void {
    if (this.#over) return;
    this.#endScript();
    void this.#reporter.end(end).then(() => this.#onOver());
  }

  /** The server has ended the run already. */
  #close(): void {
    this.#endScript();
    this.#onOver();
  }

  #endScript(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#frame.close();
  }
}

const endOf = ({ threw, result, note }: Extract<FrameMessage, { type: 'end' }>): End => ({
  status: threw ? 'failed' : 'succeeded',
  ...(result !== undefined && { result }),
  ...(note !== undefined && { message: note.slice(0, 500) }),
});
