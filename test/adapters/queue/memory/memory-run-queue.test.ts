import { describe, expect, it } from '@jest/globals';
import { MemoryRunQueue } from '../../../../src/adapters/queue/memory/memory-run-queue.js';
import type { WaitingRun } from '../../../../src/application/ports/run-queue.js';

/** `a1` is the first run of script `a`. */
const run = (id: string): WaitingRun => ({ id, scriptId: id.charAt(0), meta: { script: { revision: 1 } } });
const runs = (ids: string): WaitingRun[] => ids.split(' ').map(run);

/** A queue whose runs end when the test says. */
const queueOf = (concurrency: number, maxWaiting?: number) => {
  const queue = new MemoryRunQueue(concurrency, maxWaiting);
  const started: string[] = [];
  const running = new Map<string, () => void>();
  queue.consume(({ id }) => {
    started.push(id);
    return new Promise((resolve) => running.set(id, resolve));
  });
  const end = async (id = [...running.keys()][0] ?? ''): Promise<void> => {
    running.get(id)?.();
    running.delete(id);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const drain = async (): Promise<string> => {
    while (running.size > 0) await end();
    return started.join(' ');
  };
  return { queue, started, running, end, drain };
};

const orderOf = async (ids: string, concurrency = 1): Promise<string> => {
  const { queue, drain } = queueOf(concurrency);
  for (const each of runs(ids)) queue.put(each);
  return drain();
};

describe('MemoryRunQueue', () => {
  it.each([
    ['runs of one script', 'a1 a2 a3 a4 a5 a6', 1],
    ['runs of one script, two at once', 'a1 a2 a3 a4 a5 a6 a7', 2],
    ['scripts started one after the other, each once', 'c1 a1 d1 b1', 1],
    ['scripts started alternately', 'a1 b1 a2 b2 a3 b3 a4 b4', 1],
    ['scripts started alternately, three at once', 'a1 b1 c1 a2 b2 c2 a3 b3 c3 a4 b4 c4', 3],
  ])('is first in, first out for %s', async (_, ids, concurrency) => {
    expect(await orderOf(ids, concurrency)).toBe(ids);
  });

  it('stays so for scripts started alternately while runs end', async () => {
    const { queue, end, drain } = queueOf(2);
    const ids = 'a1 b1 a2 b2 a3 b3 a4 b4 a5 b5 a6 b6';
    for (const [n, each] of runs(ids).entries()) {
      queue.put(each);
      if (n % 3 === 0) await end();
    }
    expect(await drain()).toBe(ids);
  });

  it('lets scripts take turns when one has queued many', async () => {
    expect(await orderOf('a1 a2 a3 a4 a5 b1 b2 c1')).toBe('a1 a2 b1 c1 a3 b2 a4 a5');
  });

  it('starts a newcomer with the next slot but one though 500 runs of another script wait', async () => {
    const { queue, started, end } = queueOf(2);
    for (let n = 1; n <= 500; n++) queue.put(run(`a${n}`));
    queue.put(run('b1'));
    expect(queue.positionOf(run('b1'))).toBe(2);
    await end();
    await end();
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('tells positions that come true', async () => {
    const { queue, started, drain } = queueOf(1);
    const given = runs('a1 a2 a3 b1 c1 a4 c2 b2 d1 a5 c3 c4 d2');
    for (const each of given) queue.put(each);
    queue.remove(run('c1'));
    queue.remove(run('b2'));
    const told = new Map(given.map((each) => [each.id, queue.positionOf(each)]));
    expect(told.get('a1')).toBeNull(); // it runs
    expect(told.get('c1')).toBeNull(); // it was taken out
    const byPosition = [...told].filter(([, position]) => position !== null).sort(([, a], [, b]) => a! - b!);
    expect(byPosition.map(([, position]) => position)).toEqual(byPosition.map((_, index) => index + 1));
    await drain();
    expect(started.slice(1)).toEqual(byPosition.map(([id]) => id));
  });

  it('lets in as many as there are free slots and places to wait, those held for runs that are yet to be put too', async () => {
    const { queue, end } = queueOf(2, 3);
    const admit = (times: number) => Array.from({ length: times }, () => queue.admit());
    const held = admit(10).filter((admission) => admission !== null);
    expect(held).toHaveLength(5);
    held[0]?.put(run('a1'));
    held[1]?.release();
    held[1]?.release();
    expect(admit(10).filter((admission) => admission !== null)).toHaveLength(1);
    for (const [n, admission] of held.slice(2).entries()) admission.put(run(`b${n}`));
    held[2]?.release(); // it was put
    expect(queue.admit()).toBeNull();
    await end();
    expect(admit(10).filter((admission) => admission !== null)).toHaveLength(1);
  });

  it('lets nobody in beside runs that were accepted before and fill it, until some have ended', async () => {
    const { queue, end } = queueOf(1, 1);
    for (const each of runs('a1 a2 a3')) queue.put(each);
    expect(queue.admit()).toBeNull();
    await end();
    expect(queue.admit()).toBeNull();
    await end();
    expect(queue.admit()).not.toBeNull();
    expect(queue.admit()).toBeNull();
  });

  it('that nothing is taken from yet has its slots free', () => {
    const queue = new MemoryRunQueue(2, 1);
    expect([queue.admit(), queue.admit(), queue.admit(), queue.admit()].filter(Boolean)).toHaveLength(3);
  });

  it('never hands out what was taken out, nor one run twice', async () => {
    const { queue, started, drain } = queueOf(1);
    for (const each of runs('a1 a2 a2 a3')) queue.put(each);
    expect(queue.waiting).toBe(2);
    expect([queue.remove(run('a2')), queue.remove(run('a2')), queue.remove(run('a1'))]).toEqual([true, false, false]);
    expect(queue.waiting).toBe(1);
    await drain();
    expect(started).toEqual(['a1', 'a3']);
    expect(queue.waiting).toBe(0);
  });
});
