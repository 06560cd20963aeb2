import { describe, expect, it } from '@jest/globals';
import { BodyRoom } from '../../../../src/adapters/http/edge/body-room.js';

const MIB = 1024 * 1024;
const nobody = new AbortController().signal;

/** Asks for room and tells, turn by turn, whether there was. */
const ask = (room: BodyRoom, address: string, bytes: number, signal = nobody) => {
  const asked = { entered: false, done: Promise.resolve() };
  asked.done = room.enter(address, bytes, signal).then(() => void (asked.entered = true));
  asked.done.catch(() => undefined);
  return asked;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the room for bodies', () => {
  it('is given in order until it is full, and again as it gets free', async () => {
    const room = new BodyRoom();
    const asked = Array.from({ length: 10 }, (_, i) => ask(room, `192.0.2.${i}`, 8 * MIB));
    await turn();
    expect(asked.map(({ entered }) => entered)).toEqual([...Array<boolean>(8).fill(true), false, false]);
    room.leave('192.0.2.0', 8 * MIB);
    await turn();
    expect(asked.map(({ entered }) => entered)).toEqual([...Array<boolean>(9).fill(true), false]);
  });

  it('is taken by half at most by one address, which keeps nobody else waiting', async () => {
    const room = new BodyRoom();
    const greedy = Array.from({ length: 6 }, () => ask(room, '192.0.2.1', 8 * MIB));
    const other = ask(room, '192.0.2.2', 8 * MIB);
    await turn();
    expect(greedy.filter(({ entered }) => entered)).toHaveLength(4);
    expect(other.entered).toBe(true);
    room.leave('192.0.2.1', 8 * MIB);
    await turn();
    expect(greedy.filter(({ entered }) => entered)).toHaveLength(5);
  });

  it('is not kept for who no longer waits', async () => {
    const room = new BodyRoom();
    const first = Array.from({ length: 8 }, (_, i) => ask(room, `192.0.2.${i}`, 8 * MIB));
    const impatient = new AbortController();
    const late = ask(room, '192.0.2.9', 8 * MIB, impatient.signal);
    const after = ask(room, '192.0.2.10', 8 * MIB);
    await turn();
    expect(first.every(({ entered }) => entered)).toBe(true);
    impatient.abort(new Error('enough'));
    await expect(late.done).rejects.toThrow('enough');
    room.leave('192.0.2.0', 8 * MIB);
    await turn();
    expect([late.entered, after.entered]).toEqual([false, true]);
    await expect(room.enter('192.0.2.11', MIB, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});
