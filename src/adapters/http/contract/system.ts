import { z } from 'zod';

/** What `GET /api/admin/system` tells; composition may add to it. */
export const systemReport = z
  .looseObject({
    version: z.string(),
    store: z.enum(['memory', 'sqlite', 'mongodb']),
  })
  .meta({
    id: 'SystemReport',
    description: 'The running server: its version, its store, the walls its machine offers.',
  });

export type SystemReport = z.infer<typeof systemReport>;
