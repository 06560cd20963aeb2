import type { Clock } from '../../application/ports/clock.js';

const OVER = new Error('nobody listens any more');

/**
 * The batches, and null whenever `silenceMs` have passed since the last thing was taken. The first batch is asked for before anything
 * is yielded. Returning it returns `batches` too, once the wait it is in ends.
 */
export async function* withSilence<T extends object>(
  batches: AsyncIterable<T>,
  silenceMs: number,
  clock: Clock,
): AsyncGenerator<T | null, void> {
  const iterator = batches[Symbol.asyncIterator]();
  const over = new AbortController();
  let since = clock.monotonic();
  let tellSilence = (): void => undefined;

  const watchSilence = async (): Promise<void> => {
    for (;;) {
      await clock.after(since + silenceMs - clock.monotonic(), over.signal);
      const now = clock.monotonic();
      if (now - since < silenceMs) continue;
      since = now;
      tellSilence();
    }
  };
  watchSilence().catch(() => undefined); // ends with `over`

  try {
    let next = iterator.next();
    for (;;) {
      const result = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        tellSilence = () => resolve(null);
        next.then(resolve, reject);
      });
      if (result?.done) return;
      yield result?.value ?? null;
      since = clock.monotonic();
      if (result) next = iterator.next();
    }
  } finally {
    over.abort(OVER);
    await iterator.return?.();
  }
}
