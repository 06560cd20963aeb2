import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { compileFailingWrites, failingDevice } from '../support/failing-writes.js';
import { describeSampled } from '../support/sample.js';
import type { ApiClient } from './support/api-client.js';
import { killPrograms } from './support/program.js';
import { processesNamed } from './support/processes.js';
import { cleanUp, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { EventJson } from './support/wire-types.js';

/** Long enough for a write to be tried again a few times. */
const SHORTAGE_MS = 2000;
const MB = 1024 * 1024;

/** What lets the commits of a server fail, and what they are given back by. */
interface Trouble {
  readonly settings: Record<string, string>;
  begin(server: Server): void;
  end(server: Server): Promise<void>;
}

const folder = await temporaryFolder();
const isThere = (what: string, command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`NOT RUN: commits that fail for ${what} (${command} could not do it)\n`);
    return false;
  }
};

const disk = await temporaryFolder();
const library = compileFailingWrites(folder);
const isMounted = isThere('a full disk', 'mount', '-t', 'tmpfs', '-o', 'size=40m,mode=700', 'tmpfs', disk);

const fullDisk = (): Trouble => {
  const filler = join(disk, 'filler');
  return {
    settings: { DATA_DIR: join(disk, 'data') },
    begin: () =>
      expect(() => {
        for (let size = MB; ; size = Math.max(1, size / 2)) {
          // Down to the last byte.
          try {
            for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
          } catch (error) {
            if (size === 1) throw error;
          }
        }
      }).toThrow('ENOSPC'),
    end: () => rm(filler),
  };
};

const fileSizeLimit = (): Trouble => {
  const DATA_DIR = join(folder, 'limited');
  const limit = ({ pid }: Server, bytes: number | 'unlimited') =>
    void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  return {
    settings: { DATA_DIR },
    begin: (server) => limit(server, statSync(join(DATA_DIR, 'runlet.db-wal')).size),
    end: async (server) => limit(server, 'unlimited'),
  };
};

const brokenWal = (lib: string, name: string, isDone: boolean): Trouble => {
  const { environment, begin, end } = failingDevice(lib, join(folder, `${name}-orders`), '-wal', { isDone });
  return { settings: { DATA_DIR: join(folder, name), ...environment }, begin, end: async () => end() };
};

afterAll(async () => {
  await killPrograms();
  if (isMounted) execFileSync('umount', ['-l', disk]);
  await cleanUp();
}, 30_000);

const TROUBLES: readonly (readonly [string, () => Trouble])[] = [
  ...(isMounted ? [['the disk is full', fullDisk] as const] : []),
  ...(library === null
    ? []
    : [
        ['the device fails (EIO)', () => brokenWal(library, 'failing', false)] as const,
        ['the device says so after it has written', () => brokenWal(library, 'lying', true)] as const,
      ]),
  ['files may grow no more (EFBIG)', fileSizeLimit],
];

/** A run that ends and one that is to start after it, while nothing can be stored. */
const startBoth = async ({ api }: Server, mark: string, seconds: number) => {
  const long = `${seconds}.0625`; // names the process
  const a = await api.run({ name: 'A', script: `echo begun; sleep ${long}; exit 3` });
  await api.printed(a, 'begun');
  const b = await api.run({ name: 'B', script: `echo once >> ${mark}; echo done` });
  const isOver = () => eventually(() => expect(processesNamed(`sleep ${long}`)).toEqual([]));
  return { a, b, isOver };
};

/** What a viewer is told at the end; null when the stream ends without. */
const toldEnd = async (api: ApiClient, runId: string): Promise<EventJson | null> => {
  let last: EventJson | null = null;
  for await (const event of api.follow(runId)) last = event;
  return last?.type === 'done' ? last : null;
};

const openRuns = async (api: ApiClient): Promise<number> => {
  const lists = await Promise.all(['queued', 'running'].map((status) => api.runs(`?status=${status}`)));
  return lists.flatMap(({ items }) => items).length;
};

describeSampled(TROUBLES, 2)('Commits that fail because %s', (_, makeTrouble) => {
  const trouble = makeTrouble();
  const settings = { ...trouble.settings, MAX_CONCURRENT_RUNS: '1', LOG_LEVEL: 'fatal' };
  const mark = join(folder, `mark-${String(trouble.settings.DATA_DIR).replaceAll('/', '-')}`);
  let server: Server;

  it('count as failed: a waiting run starts once, ends are told as they are stored, and nothing stays open', async () => {
    server = await startServer(settings);
    const { api } = server;
    const { a, b, isOver } = await startBoth(server, `${mark}-1`, 2);
    const told = [toldEnd(api, a), toldEnd(api, b)];
    trouble.begin(server);
    await isOver();
    await after(SHORTAGE_MS);
    expect((await api.get('/api/admin/scripts')).status).toBe(200);
    expect(await api.get('/healthz')).toMatchObject({ status: 503, body: { problems: ['runs.end-not-stored'] } });
    expect((await api.runOf(a)).status).toBe('running');
    await trouble.end(server);
    expect(await api.ended(a)).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(await api.ended(b)).toMatchObject({ status: 'succeeded' });
    expect(await Promise.all(told)).toMatchObject([
      { status: 'failed', exitCode: 3 },
      { status: 'succeeded', exitCode: 0 },
    ]);
    expect(await readFile(`${mark}-1`, 'utf8')).toBe('once\n');
    expect(await openRuns(api)).toBe(0);
  }, 60_000);

  it.each([['SIGTERM'], ['SIGKILL']] as const)(
    'and after a %s at the end of it too',
    async (signal) => {
      const { a, b, isOver } = await startBoth(server, `${mark}-${signal}`, signal === 'SIGTERM' ? 3 : 4);
      const told = toldEnd(server.api, a).catch(() => null); // killed, it is cut off
      trouble.begin(server);
      await isOver();
      await after(SHORTAGE_MS);
      await trouble.end(server);
      server.signal(signal);
      await server.exited;
      server = await startServer(settings);
      const { api } = server;
      const [endOfA, endOfB] = [await api.ended(a), await api.ended(b)];
      const heard = await told;
      if (heard) expect(endOfA).toMatchObject({ status: heard.status, exitCode: heard.exitCode });
      if (signal === 'SIGTERM') expect(endOfA).toMatchObject({ status: 'failed', exitCode: 3 });
      const lines = existsSync(`${mark}-${signal}`) ? await readFile(`${mark}-${signal}`, 'utf8') : '';
      expect(['', 'once\n']).toContain(lines);
      if (signal === 'SIGTERM' || endOfB.status === 'succeeded') expect(lines).toBe('once\n');
      const last = (await api.events(a)).at(-1);
      expect(last).toMatchObject({ type: 'done', status: endOfA.status, exitCode: endOfA.exitCode });
      expect(await openRuns(api)).toBe(0);
    },
    60_000,
  );
});
