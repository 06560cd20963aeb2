import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { ControlPipe } from '../../../../src/adapters/runners/vm2/control-pipe.js';

const open = (): { pipe: PassThrough; control: ControlPipe } => {
  const pipe = new PassThrough();
  return { pipe, control: new ControlPipe(pipe, 100) };
};

describe('the control pipe', () => {
  it('tells the start as soon as it is there, and what follows at its end', async () => {
    const { pipe, control } = open();
    pipe.write('star');
    pipe.write('ted\nresult\n');
    expect(await control.started).toBe(true);
    pipe.end('1');
    expect(String(await control.rest)).toBe('result\n1');
  });

  it('tells when it ends without a start', async () => {
    const { pipe, control } = open();
    pipe.end('nonsense');
    expect(await control.started).toBe(false);
  });

  it('takes no more than a result of the largest size needs', async () => {
    const { pipe, control } = open();
    let taken = 0;
    await new Promise<void>((resolve) => {
      pipe.once('close', resolve);
      const flood = (): void => {
        while (!pipe.destroyed && taken < 1e6 && pipe.write('started\n'.repeat(100))) taken += 800;
        if (taken >= 1e6) pipe.end();
        else if (!pipe.destroyed) pipe.once('drain', flood);
      };
      flood();
    });
    expect(taken).toBeLessThan(100_000);
    expect(await control.rest).toBeNull();
  });

  it('survives an error of the pipe', async () => {
    const { pipe, control } = open();
    pipe.destroy(new Error('ECONNRESET'));
    expect(await control.started).toBe(false);
    expect(String(await control.rest)).toBe('');
  });
});
