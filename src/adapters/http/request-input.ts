import type { z } from 'zod';
import type { FieldIssue } from '../../domain/errors.js';
import { describe } from '../../domain/script/script-rules.js';
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

const NO_FIELDS = strict({});
const NO_BODY = NO_FIELDS.optional();

/** What the route's handler gets. @throws HttpError `request.invalid` naming everything that is wrong */
export const parseInput = <Spec extends RouteSpec>(spec: Spec, raw: RawInput): InputOf<Spec> => {
  const issues: FieldIssue[] = [];
  const parse = (schema: z.ZodType, value: unknown, whole: string): unknown => {
    const result = schema.safeParse(value, { error: wording });
    if (!result.success) issues.push(...fieldIssues(result.error, whole));
    return result.data;
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
  new HttpError('request.invalid', describe(issues), { issues });

const readQuery = (text: string, issues: FieldIssue[]): Record<string, string> => {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name)) issues.push({ path: name, message: 'is given twice' });
    values.set(name, value);
  }
  return Object.fromEntries(values);
};
