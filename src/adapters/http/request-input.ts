import type { z } from 'zod';
import type { FieldIssue } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import { describe, firstIssues } from '../../domain/script/script-rules.js';
import { quoted } from '../../domain/text.js';
import type { InputOf, RouteSpec } from './contract/route-spec.js';
import { strict } from './contract/schema.js';
import { fieldIssues, wording } from './field-issues.js';
import { HttpError } from './http-error.js';

/** A request as it came: what the path holds, the text after `?`, the parsed body. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly body: unknown;
}

/** What fits into the headers that Runlet's own server takes; a host application may take more. */
const QUERY_LENGTH = 16 * 1024;

const NO_FIELDS = strict({});
const NO_BODY = NO_FIELDS.optional();

/** One more than are answered: it shows that there are more. */
const ENOUGH = LIMITS.issues + 1;

/** What the route's handler gets. @throws HttpError `request.invalid` naming what is wrong */
export const parseInput = <Spec extends RouteSpec>(spec: Spec, raw: RawInput): InputOf<Spec> => {
  const issues: FieldIssue[] = [];
  const parse = (schema: z.ZodType, value: unknown, whole: string): unknown => {
    if (issues.length >= ENOUGH) return undefined;
    const result = schema.safeParse(value, { error: wording });
    if (result.success) return result.data;
    for (const issue of fieldIssues(result.error, whole)) if (issues.push(issue) >= ENOUGH) break;
    return undefined;
  };
  const input = {
    params: parse(spec.params ?? NO_FIELDS, { ...raw.params }, 'path'),
    query: parse(spec.query ?? NO_FIELDS, readQuery(raw.query, issues), 'query'),
    body: parse(spec.body ?? NO_BODY, raw.body, 'body'),
  };
  if (issues.length > 0) throw invalidRequest(issues);
  return input as InputOf<Spec>;
};

export const invalidRequest = (issues: readonly FieldIssue[]): HttpError =>
  new HttpError('request.invalid', describe(issues), { issues: firstIssues(issues) });

const readQuery = (text: string, issues: FieldIssue[]): Record<string, string> => {
  const values = new Map<string, string>();
  if (text.length > QUERY_LENGTH) {
    issues.push({ path: 'query', message: `must have at most ${QUERY_LENGTH} characters` });
    return {};
  }
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name) && issues.length < ENOUGH) issues.push({ path: quoted(name), message: 'is given twice' });
    values.set(name, value);
  }
  return Object.fromEntries(values);
};
