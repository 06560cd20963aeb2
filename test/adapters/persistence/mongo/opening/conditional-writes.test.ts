import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import type { Fields } from '../../../../../src/adapters/persistence/mongo/documents.js';
import { requireConditionalWrites } from '../../../../../src/adapters/persistence/mongo/opening/conditional-writes.js';

type Kind = 'insert' | 'update' | 'updateAndFind' | 'replace';

/** A collection in which writes of the `racy` kinds look first and write later, as those of a server without locks do. */
const collection = ({ racy = [], refusal }: { racy?: Kind[]; refusal?: Error } = {}) => {
  const stored = new Map<unknown, Fields>();
  const asKept = (kind: Kind): Promise<unknown> | undefined => (racy.includes(kind) ? setImmediate() : undefined);
  const write = async (kind: Kind, { _id, round }: Fields, document: Fields): Promise<Fields | null> => {
    if (refusal) throw refusal;
    const isThere = stored.has(_id) && stored.get(_id)?.round === round;
    if (kind === 'insert' ? stored.has(_id) : !isThere) return null;
    const wait = asKept(kind);
    if (wait) await wait;
    stored.set(_id, { ...document, _id });
    return document;
  };
  const set = (update: Fields): Fields => update.$set as Fields;
  return {
    stored,
    insert: async (document: Fields): Promise<void> => {
      if (!(await write('insert', document, document))) throw duplicate();
    },
    update: async (filter: Fields, update: Fields) => (await write('update', filter, set(update))) !== null,
    updateAndFind: (filter: Fields, update: Fields) => write('updateAndFind', filter, set(update)),
    replace: async (filter: Fields, document: Fields) => (await write('replace', filter, document)) !== null,
    deleteAll: async ({ _id }: Fields): Promise<number> => Number(stored.delete(_id)),
  };
};

const duplicate = (): Error => new MongoServerError({ code: 11000, message: 'E11000 duplicate key error' });

describe('requireConditionalWrites', () => {
  it('accepts a server on which exactly one of the racing writes wins, and leaves nothing behind', async () => {
    const meta = collection();
    await requireConditionalWrites(meta, 'db:27017');
    expect(meta.stored.size).toBe(0);
  });

  it.each<[Kind, string]>([
    ['insert', '16 of 16 concurrent inserts of one _id'],
    ['update', '16 of 16 concurrent conditional writes of one document'],
    ['replace', '16 of 16 concurrent conditional writes of one document'],
    ['updateAndFind', '16 of 16 concurrent conditional writes of one document'],
  ])('refuses one on which several can win by %s, in one line', async (kind, what) => {
    const meta = collection({ racy: [kind] });
    await expect(requireConditionalWrites(meta, 'db:27017')).rejects.toThrow(
      `MongoDB at db:27017 cannot be used: ${what} took effect where exactly one must, so that a run could be executed twice, or never. ` +
        'Name a MongoDB, or a compatible server that applies conditional writes one after the other, in MONGODB_URI',
    );
    expect(meta.stored.size).toBe(0);
  });

  it('refuses one on which two win once in a while', async () => {
    const meta = collection();
    let claims = 0;
    const lucky = {
      ...meta,
      updateAndFind: async (filter: Fields, update: Fields) => {
        const claimed = await meta.updateAndFind(filter, update);
        return claims++ === 40 ? update : claimed;
      },
    };
    await expect(requireConditionalWrites(lucky, 'db:27017')).rejects.toThrow(
      /: 2 of 16 concurrent conditional writes /,
    );
  });

  it('refuses one that answers every write as one that changed nothing', async () => {
    const meta = {
      ...collection(),
      update: async () => false,
      updateAndFind: async () => null,
      replace: async () => false,
    };
    await expect(requireConditionalWrites(meta, 'db:27017')).rejects.toThrow(
      /: 0 of 16 concurrent conditional writes /,
    );
  });

  it('throws what the server refuses a write with', async () => {
    const refusal = new MongoServerError({ code: 238, message: 'not implemented' });
    await expect(requireConditionalWrites(collection({ refusal }), 'db:27017')).rejects.toBe(refusal);
  });
});
