import { z } from 'zod';
import { type ApiErrorCode, ERROR_STATUS } from './error-status.js';
import { storedRun } from './runs.js';
import { fieldIssue, strict } from './schema.js';
import { storedScript } from './scripts.js';

export const apiError = strict({
  error: z.string().meta({ description: 'what is wrong and what to do, for a person' }),
  code: z.enum(Object.keys(ERROR_STATUS) as [ApiErrorCode, ...ApiErrorCode[]]),
  issues: z.array(fieldIssue).optional().meta({ description: 'a message for each field that is wrong' }),
  expected: z.int().min(1).optional().meta({ description: 'the part that is awaited, of a report out of order' }),
  item: z.union([storedScript, storedRun]).optional().meta({ description: 'the present state, with a conflict' }),
}).meta({ id: 'Error' });

export type ApiError = z.infer<typeof apiError>;
