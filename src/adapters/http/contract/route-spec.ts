import type { z } from 'zod';
import type { AuditAction } from '../../../domain/audit/audit-event.js';
import type { ApiErrorCode } from './error-status.js';

/** One way in which a route succeeds: with JSON of a schema, with something else of a media type, or without a body. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  /** Of Server-Sent Events: what a frame holds, its `data` parsed. */
  readonly frames?: z.ZodType;
  /** It may be bytes as well. */
  readonly orBytes?: true;
}

/** A route as server, document and client see it. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As OpenAPI writes it: `/api/admin/scripts/{id}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Of requests that have a body; without it none is expected. */
  readonly body?: z.ZodType;
  readonly headers?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  /** What it refuses, besides what every route does. */
  readonly errors: readonly ApiErrorCode[];
  /** Under which name a route that changes something is in the audit trail. */
  readonly audit?: AuditAction;
  /** Answers everybody, without credentials. */
  readonly open?: true;
}

/** What a handler of the route gets. */
export interface InputOf<Spec extends RouteSpec> {
  readonly params: Parsed<Spec['params']>;
  readonly query: Parsed<Spec['query']>;
  readonly body: Parsed<Spec['body']>;
}

/** The JSON that a route answers. */
export type OutputOf<Spec extends RouteSpec> = JsonOf<Spec['answers'][keyof Spec['answers']]>;

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type JsonOf<A> = A extends { readonly schema: infer Schema extends z.ZodType } ? z.input<Schema> : never;
