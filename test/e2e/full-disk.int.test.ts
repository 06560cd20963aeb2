import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUNS, SCRIPTS } from './support/api-client.js';
import { cleanUp, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const MB = 1024 * 1024;
const DISK_MB = 64;

/** A file system of its own, which only root may make. */
const mountDisk = (folder: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=700`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('NOT RUN: tests with a full disk (only root may mount one)\n');
    return false;
  }
};

const disk = await temporaryFolder();
const mounted = mountDisk(disk);

(mounted ? describe : describe.skip)('A server whose disk is full', () => {
  let server: Server;
  const free = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(disk);
    return bavail * bsize;
  };

  beforeAll(async () => {
    server = await startServer({ DATA_DIR: join(disk, 'data'), LOG_LEVEL: 'fatal', MAX_LOG_BYTES: String(1000 * MB) });
  }, 30_000);

  afterAll(async () => {
    await server.stop();
    execFileSync('umount', [disk]);
    await cleanUp();
  }, 30_000);

  it('by the output of scripts: the rest is counted, the runs are flagged, and it serves on', async () => {
    const { api } = server;
    const floods = [];
    for (const name of ['One', 'Two'])
      floods.push(
        await api.run({ name, script: `echo first; head -c ${100 * MB} /dev/zero | tr '\\0' x; echo; echo last` }),
      );
    for (const runId of floods) {
      const run = await api.ended(runId, 60_000);
      expect(run).toMatchObject({ status: 'failed', exitCode: 0, meta: { reason: 'log-lost' } });
      expect(run.meta.message).toContain('ENOSPC');
      expect(run.meta.output.bytes).toBe(100 * MB + 12);
      expect(run.meta.output.droppedBytes).toBeGreaterThan(30 * MB);
      expect(run.outputTail.endsWith('x\nlast\n')).toBe(true);
      const log = await api.log(runId);
      expect(log.startsWith('first\nxxx')).toBe(true);
      const kept = log.slice(0, log.lastIndexOf('\n[runlet] '));
      expect(kept.length).toBe(run.meta.output.bytes - run.meta.output.droppedBytes);
      const events = await api.events(runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    }
    for (const path of ['/healthz', SCRIPTS, RUNS, '/api/admin/audit']) expect((await api.get(path)).status).toBe(200);
    // What logs may not take is left for the database: more can be run, with an end that is known.
    expect(await api.runToEnd({ name: 'Three', script: 'exit 4' })).toMatchObject({ status: 'failed', exitCode: 4 });
  }, 90_000);

  it('to the last byte, by somebody else: it still answers, and goes on when there is room', async () => {
    const { api } = server;
    const { id } = await api.createScript({ name: 'Later', script: 'echo later' });
    const filler = join(disk, 'filler');
    expect(() => {
      for (;;) writeFileSync(filler, Buffer.alloc(64 * 1024), { flag: 'a' });
    }).toThrow('ENOSPC');
    expect(await free()).toBe(0);
    for (const path of ['/healthz', SCRIPTS, RUNS]) expect((await api.get(path)).status).toBe(200);
    for (let n = 0; n < 20; n++) {
      const { status, body } = await api.send<{ runId?: string }>('POST', `${SCRIPTS}/${id}/run`);
      if (status !== 202) expect(status).toBe(503);
      else expect(await api.ended(String(body.runId))).toMatchObject({ finishedAt: expect.any(String) });
    }
    await rm(filler);
    const runId = await api.startRun(id);
    expect(await api.ended(runId)).toMatchObject({ outputTail: 'later\n' });
  }, 90_000);
});
