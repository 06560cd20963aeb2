import { ObjectId } from 'mongodb';
import type { Documents, Fields } from '../documents.js';
import { isDuplicateKey } from '../mongo-errors.js';

/** Of each kind of write: a race may be won by one alone by chance. */
const ROUNDS = 4;
const RACERS = 16;
/** A probe that is older was left by a start that was killed. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

type Writes = Pick<Documents, 'insert' | 'update' | 'updateAndFind' | 'replace' | 'deleteAll'>;

/**
 * Lets conditional writes of one document race, as many servers would. Not every server that speaks MongoDB's protocol lets exactly one
 * of them win, and a run would be executed twice on it.
 * @param meta the collection that the probe document is in for a moment; other servers may probe in it at the same time
 * @throws Error for the operator that says how many have won; what `meta` throws when a write is refused
 */
export const requireConditionalWrites = async (meta: Writes, servers: string): Promise<void> => {
  try {
    await raceWrites(meta);
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    throw new Error(`MongoDB at ${servers} cannot be used: ${error.message}. ${REMEDY}`, { cause: error });
  }
};

const REMEDY =
  'Name a MongoDB, or a compatible server that applies conditional writes one after the other, in MONGODB_URI';

class BrokenPromise extends Error {}

const raceWrites = async (meta: Writes): Promise<void> => {
  const _id = `probe ${new ObjectId().toHexString()}`;
  const at = new Date();
  await meta.deleteAll({ _id: { $regex: '^probe ' }, at: { $lt: new Date(at.getTime() - LEFTOVER_MS) } });
  try {
    await requireOneWinner('inserts of one _id', () => isInserted(meta, { _id, at, round: 0 }));
    let round = 0;
    for (const write of CONDITIONAL) {
      for (const last = round + ROUNDS; round < last; round++) {
        const asRead = { _id, round };
        const next = { at, round: round + 1 };
        await requireOneWinner('conditional writes of one document', () => write(meta, asRead, next));
      }
    }
  } finally {
    await meta.deleteAll({ _id });
  }
};

/** The calls that changes of scripts, their deletion and claims of runs are made of. Whether one took effect. */
const CONDITIONAL: readonly ((meta: Writes, asRead: Fields, next: Fields) => Promise<boolean>)[] = [
  (meta, asRead, next) => meta.update(asRead, { $set: next }),
  (meta, asRead, next) => meta.replace(asRead, next),
  async (meta, asRead, next) =>
    (await meta.updateAndFind(asRead, { $set: next }, { projection: { round: 1 } })) !== null,
];

/** @param write tells whether it took effect. All have ended when this throws */
const requireOneWinner = async (what: string, write: () => Promise<boolean>): Promise<void> => {
  const outcomes = await Promise.allSettled(Array.from({ length: RACERS }, write));
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value).length;
  const refusal = outcomes.find((outcome) => outcome.status === 'rejected');
  // A write that was refused may still have been carried out.
  if (won > 1 || (won === 0 && !refusal)) {
    const effect = 'so that a run could be executed twice, or never';
    throw new BrokenPromise(`${won} of ${RACERS} concurrent ${what} took effect where exactly one must, ${effect}`);
  }
  if (refusal) throw refusal.reason;
};

const isInserted = async (meta: Writes, document: Fields): Promise<boolean> => {
  try {
    await meta.insert(document);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};
