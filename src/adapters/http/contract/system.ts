import { z } from 'zod';
import { PROBLEM_CODES } from '../../../domain/service/problem.js';
import { strict, time } from './schema.js';

const offered = z.boolean();

export const problemCode = z.enum(PROBLEM_CODES);

const problem = strict({
  code: problemCode,
  message: z.string().meta({ description: 'what is wrong and what to do' }),
  since: time,
});

/** What `GET /api/admin/system` tells. */
export const systemReport = strict({
  version: z.string(),
  store: z.enum(['memory', 'sqlite', 'mongodb']),
  node: z.string(),
  platform: z.string().meta({ description: 'operating system and processor: linux x64' }),
  startedAt: time,
  runs: strict({
    waiting: z.int().min(0).meta({ description: 'runs that are queued here' }),
    maxConcurrent: z.int(),
    maxQueued: z.int(),
  }),
  heldQueue: strict({
    count: z.int().min(1),
    since: time.meta({ description: 'when the first server started on the copy' }),
  })
    .nullable()
    .meta({ description: 'queued runs that came with a copy of the data and wait for a decision; null: none' }),
  problems: z.array(problem).meta({ description: 'what is wrong with the service now; empty: nothing' }),
  walls: strict({
    runAs: z.string().nullable().meta({ description: 'whom host scripts run as; null: as the server itself' }),
    cgroup: offered,
    vm2: z.record(z.string(), offered).meta({ description: 'around vm2 scripts, by name; see docs/security.md' }),
  }).meta({ description: 'what the machine offers to hold scripts; none of it makes a hostile script safe' }),
}).meta({ id: 'SystemReport' });

export type SystemReport = z.infer<typeof systemReport>;
