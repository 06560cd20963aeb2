import { z } from 'zod';
import type { Clock } from '../../../application/ports/clock.js';
import { LIMITS } from '../../../domain/limits.js';
import { wellFormed } from '../../../domain/script/text-rules.js';
import { codePoints } from '../../../domain/text.js';
import type { Authenticate } from '../authenticate.js';
import { fieldIssues, wording } from '../field-issues.js';

/** How long a host application may take to tell who sends a request. */
const ANSWER_MS = 10_000;
const ANSWERED = new Error('it has answered');

/** `system` and `anonymous` are Runlet's own. Whatever else an answer holds is left out. */
const actor = z.object({
  type: z.enum(['admin', 'user']),
  name: z.string().check((context) => {
    const wrong = nameIssue(context.value);
    if (wrong !== null) context.issues.push({ code: 'custom', message: wrong, input: context.value });
  }),
});

const nameIssue = (name: string): string | null => {
  if (name.length > 2 * LIMITS.actorNameLength || codePoints(name) > LIMITS.actorNameLength)
    return `must have at most ${LIMITS.actorNameLength} characters`;
  if (name.trim() === '') return 'must not be empty';
  if (/\p{Cc}/u.test(name)) return 'must not contain control characters';
  return wellFormed(name)[0]?.message ?? null;
};

/**
 * `authenticate` of a host application, checked before anything is done in the name of whom it answers. Rejects when the answer is
 * neither an admin or user nor null (undefined counts as null), and when there is none within 10 s. Nothing of an answer is in the error.
 */
export const hostedIdentity =
  (authenticate: Authenticate, clock: Clock): Authenticate =>
  async (request) => {
    const answered = new AbortController();
    const late = clock.after(ANSWER_MS, answered.signal).then(() => {
      throw new Error(`authenticate of the host application did not answer within ${ANSWER_MS / 1000} s`);
    });
    late.catch(() => undefined); // it did answer
    try {
      const answer: unknown = await Promise.race([authenticate(request), late]);
      return answer === null || answer === undefined ? null : checked(answer);
    } finally {
      answered.abort(ANSWERED);
    }
  };

const checked = (answer: unknown): z.infer<typeof actor> => {
  const parsed = actor.safeParse(answer, { error: wording });
  if (parsed.success) return parsed.data;
  const [first] = [...fieldIssues(parsed.error, 'the answer')];
  throw new Error(
    `authenticate of the host application has to answer null or { type: 'admin' or 'user', name }: ${first?.path} ${first?.message}`,
  );
};
