import { RUNNERS_OF } from '../../../domain/script/script.js';

/**
 * Which types go with which runners, as alternatives for the document. The domain checks it, and names the field that is wrong.
 * @param required which of the two are never left out
 */
export const kindsOf = (required: readonly ('type' | 'runner')[]) =>
  Object.entries(RUNNERS_OF).flatMap(([type, runners]) =>
    runners.map((runner) => ({
      required: runner === runners[0] ? required : ['type', 'runner'],
      properties: { type: { const: type }, runner: { const: runner } },
    })),
  );
