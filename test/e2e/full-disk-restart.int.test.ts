import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { SCRIPTS } from './support/api-client.js';
import { cleanUp, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** A file system of its own, which only root may make. */
const mountDisk = (folder: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('NOT RUN: tests of a restart on a full disk (only root may mount one)\n');
    return false;
  }
};

const disk = await temporaryFolder();
const mounted = mountDisk(disk);

(mounted ? describe : describe.skip)('A server that was killed and starts on a full disk', () => {
  let server: Server;
  const settings = { DATA_DIR: join(disk, 'data'), MAX_CONCURRENT_RUNS: '1', LOG_LEVEL: 'fatal' };

  afterAll(async () => {
    await server.stop();
    execFileSync('umount', [disk]);
    await cleanUp();
  }, 30_000);

  it('is there and says what is wrong; with room it ends what ran, and executes what waited, once', async () => {
    const journal = join(await temporaryFolder(), 'journal');
    server = await startServer(settings);
    const running = await server.api.run({ name: 'Runs', script: 'echo begun; sleep 300' });
    await server.api.printed(running, 'begun');
    const waiting = await server.api.run({ name: 'Waits', script: `echo once >> ${journal}` });
    const filler = join(disk, 'filler');
    expect(() => {
      for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
    }).toThrow('ENOSPC');
    await server.kill();

    server = await startServer(settings);
    const { api } = server;
    const health = async () => {
      const { status, body } = await api.get<{ problems?: string[] }>('/healthz');
      return [status, body.problems ?? []];
    };
    await eventually(async () => expect((await health())[0]).toBe(503));
    expect((await health())[1]).toContain('runs.end-not-stored');
    expect((await api.runOf(running)).status).toBe('running');
    expect((await api.runOf(waiting)).status).toBe('queued');
    const { scriptId } = await api.runOf(waiting);
    expect((await api.send('POST', `${SCRIPTS}/${scriptId}/run`)).status).toBe(503);
    expect(existsSync(journal)).toBe(false);

    await rm(filler);
    expect(await api.ended(running)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    expect((await api.ended(waiting)).status).toBe('succeeded');
    expect(readFileSync(journal, 'utf8')).toBe('once\n');
    await eventually(async () => expect(await health()).toEqual([200, []]));
    for (const runId of [running, waiting]) {
      const events = await api.events(runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.filter(({ type }) => type === 'done')).toHaveLength(1);
    }
  }, 90_000);
});
