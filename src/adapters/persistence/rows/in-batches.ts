import { isBroken, type StoredScript } from '../../../domain/script/script.js';

const BATCH_BYTES = 256 * 1024;
const BATCH_SCRIPTS = 64;

/**
 * Scripts in the order of these ids, a batch at a time. How many are read at once follows from the largest one so far; what turns out to
 * be too much for a batch is forgotten and read again.
 * @param find those of these ids that there are, in any order
 */
export async function* inBatches(
  ids: readonly string[],
  find: (ids: readonly string[]) => Promise<readonly StoredScript[]>,
): AsyncGenerator<readonly StoredScript[]> {
  let at = 0;
  let count = 1;
  let largest = 1;
  const nextBatch = async (): Promise<readonly StoredScript[]> => {
    const wanted = ids.slice(at, at + count);
    const found = new Map((await find(wanted)).map((script) => [script.id, script]));
    const batch: StoredScript[] = [];
    let bytes = 0;
    for (const id of wanted) {
      const script = found.get(id);
      const size = script ? sizeOf(script) : 0;
      if (batch.length > 0 && bytes + size > BATCH_BYTES) break;
      if (script) batch.push(script);
      bytes += size;
      largest = Math.max(largest, size);
      at++;
    }
    count = Math.max(1, Math.min(2 * count, BATCH_SCRIPTS, Math.floor(BATCH_BYTES / largest)));
    return batch;
  };
  while (at < ids.length) yield await nextBatch();
}

/** Roughly, in memory. */
const sizeOf = (stored: StoredScript): number => {
  const { script = '', env = [] } = isBroken(stored) ? stored.salvage : stored;
  return env.reduce((sum, entry) => sum + ('value' in entry ? entry.value.length : 0), script.length);
};
