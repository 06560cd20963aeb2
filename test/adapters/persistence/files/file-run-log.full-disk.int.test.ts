import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInThisContext } from 'node:vm';
import { openFileRunLog, type FileRunLog } from '../../../../src/adapters/persistence/files/file-run-log.js';
import { isDomainError } from '../../../../src/domain/errors.js';
import { aLogEvent, newId } from '../../../contracts/samples.js';

/**
 * A disk with room for files of `bytes`: the kernel writes what fits, then refuses, as on a full disk. Bounded for this process
 * only, so that the test needs no file system of its own.
 */
const fileSizeLimit = async (bytes: number | 'unlimited') => {
  await promisify(execFile)('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
};
const ignoreSignal = () => undefined;
/** Jest gives tests a copy of `process` on which signals cannot be caught. */
const realProcess = runInThisContext('process') as NodeJS.Process;

let folder: string;
let log: FileRunLog;

beforeEach(async () => {
  realProcess.on('SIGXFSZ', ignoreSignal);
  folder = await mkdtemp(join(tmpdir(), 'runlet-full-'));
  log = await openFileRunLog(folder);
});

afterEach(async () => {
  await fileSizeLimit('unlimited');
  realProcess.off('SIGXFSZ', ignoreSignal);
  await log.close();
  await rm(folder, { recursive: true });
});

it('a write that did not fit whole leaves nothing behind, and the log goes on when there is room', async () => {
  const runId = newId();
  const [first, big, late] = [aLogEvent(1), aLogEvent(2, 'x'.repeat(2_000_000)), aLogEvent(2, 'later\n')];
  const writer = await log.open(runId);
  await writer.append([first]);
  const { size } = await stat(join(folder, `${runId}.ndjson`));

  await fileSizeLimit(1_000_000);
  const failed: unknown = await writer.append([big, aLogEvent(3)]).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 'EFBIG' });
  expect(isDomainError(failed)).toBe(false);
  expect(writer.lastSeq).toBe(1);
  expect((await stat(join(folder, `${runId}.ndjson`))).size).toBe(size);
  expect(await log.read(runId, 0, 10)).toEqual([first]);

  await fileSizeLimit('unlimited');
  await writer.append([late]);
  await writer.close();
  expect(await log.read(runId, 0, 10)).toEqual([first, late]);
});
