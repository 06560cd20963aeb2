import { beforeEach, describe, expect, it } from '@jest/globals';
import { AuthThrottle } from '../../../src/adapters/http/auth-throttle.js';
import { fixedClock, type FixedClock } from '../../../src/adapters/system/fixed-clock.js';

const wrong = () => Promise.resolve(null);
const right = () => Promise.resolve('ada');

describe('the throttle of credentials', () => {
  let clock: FixedClock;
  let throttle: AuthThrottle;

  beforeEach(() => {
    clock = fixedClock();
    throttle = new AuthThrottle(clock);
  });

  const fail = async (address: string, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await throttle.attempt(address, wrong);
  };

  it('checks nothing more after ten failures, right credentials neither, until a minute has passed', async () => {
    await fail('192.0.2.1', 5);
    await clock.advance(10_000);
    await fail('192.0.2.1', 5);
    let asked = false;
    const attempt = throttle.attempt('192.0.2.1', () => {
      asked = true;
      return right();
    });
    await expect(attempt).resolves.toEqual({ waitMs: 50_000 });
    expect(asked).toBe(false);

    await clock.advance(50_000);
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toEqual({ found: 'ada' });
  });

  it('counts the minute that passes, whatever the time of day is set to', async () => {
    await fail('192.0.2.1', 10);
    clock.set('1999-01-01T00:00:00.000Z');
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toEqual({ waitMs: 60_000 });
    clock.set('2099-01-01T00:00:00.000Z');
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toEqual({ waitMs: 60_000 });
    await clock.advance(60_000);
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toEqual({ found: 'ada' });
  });

  it('counts each address by itself', async () => {
    await fail('192.0.2.1', 10);
    await expect(throttle.attempt('192.0.2.2', right)).resolves.toEqual({ found: 'ada' });
  });

  it('takes an IPv6 network for one address', async () => {
    for (let i = 0; i < 10; i++) await throttle.attempt(`2001:db8::${i}`, wrong);
    await expect(throttle.attempt('2001:db8:0:0:ffff::1', right)).resolves.toHaveProperty('waitMs');
    await expect(throttle.attempt('2001:db8:0:1::1', right)).resolves.toEqual({ found: 'ada' });
    await expect(throttle.attempt('::1', right)).resolves.toEqual({ found: 'ada' });
  });

  it('checks no more than ten guesses that come all at once', async () => {
    let checked = 0;
    const guesses = Array.from({ length: 50 }, () =>
      throttle.attempt('192.0.2.1', async () => {
        checked++;
        await new Promise((resolve) => setImmediate(resolve));
        return null;
      }),
    );
    const answers = await Promise.all(guesses);
    expect(checked).toBe(10);
    expect(answers.filter((answer) => 'waitMs' in answer)).toHaveLength(40);
  });

  it('lets any number of right ones through at once, checks that fail halfway too', async () => {
    const slowly = async (): Promise<string> => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'ada';
    };
    const broken = throttle.attempt('192.0.2.1', () => Promise.reject(new Error('no store')));
    const answers = Promise.all(Array.from({ length: 100 }, () => throttle.attempt('192.0.2.1', slowly)));
    await expect(broken).rejects.toThrow('no store');
    for (const answer of await answers) expect(answer).toEqual({ found: 'ada' });
  });

  it('forgets those that failed longest ago when too many addresses fail', async () => {
    await fail('192.0.2.1', 10);
    for (let i = 0; i < 9_999; i++) await throttle.attempt(`10.${i >> 8}.${i & 255}.1`, wrong);
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toHaveProperty('waitMs');
    await throttle.attempt('198.51.100.1', wrong);
    await expect(throttle.attempt('192.0.2.1', right)).resolves.toEqual({ found: 'ada' });
  });
});
