import { describe, expect, it } from '@jest/globals';
import { makeLifecycle } from '../../src/composition/lifecycle.js';

/** A service that notes what happens to it; it opens when the test says so. */
const service = ({ failing = false } = {}) => {
  const happened: string[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const lifecycle = makeLifecycle({
    open: async () => {
      happened.push('opening');
      await released;
      if (failing) throw new Error('the store is not there');
      happened.push('open');
    },
    close: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      happened.push('closed');
    },
    onFailedClose: () => happened.push('not closed'),
  });
  return { ...lifecycle, happened, release };
};

describe('the life of a Runlet', () => {
  it('has one start and one stop', async () => {
    const { start, stop, happened, release } = service();
    release();
    await start();
    await Promise.all([stop(), stop()]);
    await stop();
    expect(happened).toEqual(['opening', 'open', 'closed']);
  });

  it('has no second start, during the first or after it', async () => {
    const { start, happened, release } = service();
    const first = start();
    await expect(start()).rejects.toThrow('this Runlet was started already');
    release();
    await first;
    await expect(start()).rejects.toThrow('this Runlet was started already');
    expect(happened).toEqual(['opening', 'open']);
  });

  it('has no start after a stop, with or without one before it', async () => {
    const started = service();
    started.release();
    await started.start();
    await started.stop();
    await expect(started.start()).rejects.toThrow('was stopped; createRunlet makes a new one');
    const never = service();
    await never.stop();
    await expect(never.start()).rejects.toThrow('was stopped; createRunlet makes a new one');
    expect([started.happened, never.happened]).toEqual([['opening', 'open', 'closed'], ['closed']]);
  });

  it('is closed after the start that a stop came into', async () => {
    const { start, stop, happened, release } = service();
    const starting = start();
    const stopping = stop();
    await expect(start()).rejects.toThrow('was stopped');
    release();
    await Promise.all([starting, stopping]);
    expect(happened).toEqual(['opening', 'open', 'closed']);
  });

  it('is closed once when its start fails, and over', async () => {
    const { start, stop, happened, release } = service({ failing: true });
    const starting = start();
    const stopping = stop();
    release();
    await expect(starting).rejects.toThrow('the store is not there');
    await stopping;
    await stop();
    await expect(start()).rejects.toThrow('was stopped');
    expect(happened).toEqual(['opening', 'closed']);
  });
});
