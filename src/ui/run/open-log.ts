import { outlineOutput } from '../api/runs.js';
import { isLive } from '../elements/run-status.js';
import type { Encoding } from '../log/encodings.js';
import { LogModel } from '../log/log-model.js';
import { serverClock } from '../platform/server-clock.js';
import type { ReadableRun } from './reason-words.js';

/** A run that began this recently is read from its first event: that is sooner on the screen than asking what there is. */
const FRESH_MS = 5000;

/**
 * The log of a run, to be followed from `since` on: at its end, where the last section begins. What is before it is known by its outline and
 * loaded when it is looked at. In another encoding than UTF-8 it is read from the first event on, since only so it is known where characters
 * begin. @throws ApiError
 */
export const openLog = async (
  run: ReadableRun,
  encoding: Encoding,
  signal: AbortSignal,
): Promise<{ model: LogModel; since: number }> => {
  if (encoding !== 'utf-8') return { model: new LogModel(), since: 0 };
  const model = new LogModel({ canLetGo: true });
  if (isFresh(run)) return { model, since: 0 };
  const { items, lastSeq } = await outlineOutput(run.id, { signal });
  model.begin(items, lastSeq);
  return { model, since: model.reopenLast() };
};

const isFresh = ({ status, createdAt }: ReadableRun): boolean =>
  isLive(status) && Math.abs(serverClock.now() - Date.parse(createdAt)) < FRESH_MS;
