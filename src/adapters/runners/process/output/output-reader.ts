import type { OutputStream } from '../../../../domain/run/run-event.js';
import { OrderedOutput } from './ordered-output.js';
import { PipeReader } from './pipe-reader.js';
import { WriteOrder } from './write-order.js';

/** As `RunWatch.output`. */
export type Deliver = (stream: OutputStream, text: string, bytes: number) => Promise<void> | undefined;

export interface OutputReader {
  /** Resolves when both pipes are read to their end, or given up, and closed. */
  readonly ended: Promise<void>;
  isOpen(): boolean;
  /** Reads what the pipes hold now, then closes them whoever else has them open. */
  giveUp(): void;
  /**
   * Reads what the pipes hold now, then drops what comes for as long as somebody has them open, slowly: whoever writes goes on, and costs
   * little. Resolves when everything is handed over that will be. This process does not wait for it at its end.
   */
  drain(): Promise<void>;
}

/**
 * Reads a script's two pipes in the order in which they are written to, and neither while `deliver` asks to wait. Takes over the descriptors.
 * @param namesToRemove how many names of each pipe will be removed before anything is written to it: 1 when the process is yet to start
 */
export const readOutput = (
  readFds: Readonly<Record<OutputStream, number>>,
  deliver: Deliver,
  namesToRemove = 0,
): OutputReader => {
  const pipes: PipeReader[] = [];
  const waitFor = (delivered: Promise<void> | undefined): void => {
    if (!delivered) return;
    for (const pipe of pipes) pipe.pause();
    const resume = (): void => {
      for (const pipe of pipes) pipe.resume();
    };
    delivered.then(resume, resume);
  };
  const order = new WriteOrder(readFds, () => output.isTold());
  const output = new OrderedOutput(
    order,
    (stream, { text, bytes }) => waitFor(deliver(stream, text, bytes)),
    namesToRemove,
  );
  for (const stream of ['stdout', 'stderr'] as const) {
    const pipe = new PipeReader(readFds[stream], (piece) => output.add(stream, piece));
    pipes.push(pipe);
    void pipe.ended.then(() => order.startNoMore());
  }
  order.start();
  const finish = (): void => {
    output.handOver();
    order.stop();
  };
  return {
    ended: Promise.all(pipes.map(({ ended }) => ended)).then(finish),
    isOpen: () => pipes.some((pipe) => pipe.isOpen()),
    giveUp: () => {
      for (const pipe of pipes) pipe.giveUp();
    },
    drain: () => Promise.all(pipes.map((pipe) => pipe.drain())).then(finish),
  };
};
