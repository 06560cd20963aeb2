import type { RunOutcome } from '../domain/run/run-outcome.js';
import { SecretMasker } from '../domain/secret/secret-masker.js';
import { stringsIn } from '../domain/secret/secret-texts.js';
import { headOfUtf8 } from '../domain/text.js';

/** Keeps the secrets of one run out of all that is told of it. */
export interface RunMasking {
  /** For what the script prints. */
  output(): SecretMasker;
  /** What Runlet itself says. */
  text(text: string): string;
  outcome(outcome: RunOutcome): RunOutcome;
  /** What may be logged of an error that was met while the script was started. */
  error(error: unknown): Error;
}

/** Linux keeps so much of the name of a process, and so of a secret in it. */
const PROCESS_NAME_BYTES = 15;

/** What is looked for takes milliseconds to make ready, for which no script waits: it is made when it is first needed. */
export const makeRunMasking = (secrets: readonly string[]): RunMasking => {
  const output = once(() => new SecretMasker(secrets));
  const texts = [...secrets, ...secrets.flatMap(stringsIn)];
  const cut = once(() => new SecretMasker(texts.map((text) => headOfUtf8(text, PROCESS_NAME_BYTES))));
  const text = (said: string): string => cut().text(output().text(said));
  return {
    output,
    text,
    outcome: (outcome) => {
      if (outcome.kind === 'not-started') return { ...outcome, message: text(outcome.message) };
      const { message, result } = outcome;
      return {
        ...outcome,
        ...(message === undefined ? {} : { message: text(message) }),
        ...(result === undefined ? {} : { result: output().value(result) }),
        ...('leftovers' in outcome && {
          leftovers: outcome.leftovers.map((leftover) => ({ ...leftover, command: text(leftover.command) })),
        }),
      };
    },
    error: (error) => {
      const [message, stack] = error instanceof Error ? [error.message, error.stack] : [String(error), undefined];
      return Object.assign(new Error(text(message)), stack !== undefined && { stack: text(stack) });
    },
  };
};

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};
