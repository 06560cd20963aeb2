/** @jest-environment node */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MAX_STREAMS, StreamSlot } from '../../../src/ui/live/stream-slot.js';
import { eventually } from '../../support/eventually.js';

const slots: StreamSlot[] = [];
const open = (count: number): StreamSlot[] =>
  Array.from({ length: count }, () => {
    const slot = new StreamSlot(() => undefined);
    slots.push(slot);
    slot.want();
    return slot;
  });
afterEach(() => {
  for (const slot of slots.splice(0)) slot.release();
});

const held = (): number => slots.filter((slot) => slot.held).length;

describe('stream slots', () => {
  it('are had by four at most, however many want them at once', async () => {
    open(9);
    await eventually(() => expect(held()).toBe(MAX_STREAMS));
  });

  it('stay with those that have them', async () => {
    const first = open(MAX_STREAMS);
    const openedAt = Date.now();
    await eventually(() => expect(Date.now()).toBeGreaterThan(openedAt)); // in the same millisecond none is the later
    const [late] = open(1);
    await eventually(() => expect(late?.held).toBe(false));
    expect(first.every((slot) => slot.held)).toBe(true);
  });

  it('go to one that waits when one is released', async () => {
    const [first] = open(6);
    await eventually(() => expect(held()).toBe(MAX_STREAMS));
    const gone = slots.find((slot) => slot.held) ?? first;
    gone?.release();
    await eventually(() => expect(held()).toBe(MAX_STREAMS));
    expect(gone?.held).toBe(false);
  });

  it('of a tab that crashed are free after a while', async () => {
    const channel = new BroadcastChannel('runlet.streams');
    for (let i = 0; i < MAX_STREAMS; i++)
      channel.postMessage({ type: 'hold', id: `crashed-${i}`, since: 1, asks: false });
    const [slot] = open(1);
    for (let i = 0; i < MAX_STREAMS; i++)
      channel.postMessage({ type: 'hold', id: `crashed-${i}`, since: 1, asks: false });
    channel.close();
    await eventually(() => expect(slot?.held).toBe(false));
    await eventually(() => expect(slot?.held).toBe(true), { timeoutMs: 15_000 });
  });
});
