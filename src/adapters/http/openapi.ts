import { z } from 'zod';
import { type ApiErrorCode, ERROR_STATUS } from './contract/error-status.js';
import { apiError } from './contract/errors.js';
import type { RouteSpec } from './contract/route-spec.js';
import { ROUTE_GROUPS } from './contract/routes.js';

type Json = Record<string, unknown>;

export interface OpenApiDocument extends Json {
  readonly openapi: '3.1.0';
  readonly paths: Record<string, Record<string, Json>>;
  readonly components: { readonly schemas: Record<string, Json> } & Json;
}

/** The contract as OpenAPI 3.1. @param server origin of the service, or empty for where the document is read from */
export const openApiDocument = (service: { version: string; server: string; prefix: string }): OpenApiDocument => {
  const schemas = new Schemas();
  const paths: OpenApiDocument['paths'] = {};
  for (const [tag, routes] of Object.entries(ROUTE_GROUPS)) {
    for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
      (paths[spec.path] ??= {})[spec.method.toLowerCase()] = { tags: [tag], ...operation(name, spec, schemas) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Runlet',
      version: service.version,
      description: 'Keep, run and watch small operational scripts.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${service.server}${service.prefix}` || '/' }],
    security: [{ basic: [] }],
    tags: Object.keys(ROUTE_GROUPS).map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: { basic: { type: 'http', scheme: 'basic' } },
    },
  };
};

const operation = (name: string, spec: RouteSpec, schemas: Schemas): Json => ({
  operationId: name,
  summary: spec.summary,
  ...(spec.description !== undefined && { description: spec.description }),
  ...(spec.open && { security: [] }),
  parameters: [
    ...parameters('path', spec.params, schemas),
    ...parameters('query', spec.query, schemas),
    ...parameters('header', spec.headers, schemas),
  ],
  ...(spec.body && {
    requestBody: {
      required: !spec.body.safeParse(undefined).success,
      content: { 'application/json': { schema: schemas.of(spec.body, 'input') } },
    },
  }),
  responses: { ...answers(spec, schemas), ...refusals(spec, schemas) },
});

const parameters = (place: 'path' | 'query' | 'header', object: z.ZodObject | undefined, schemas: Schemas): Json[] =>
  Object.entries(object?.shape ?? {}).map(([name, schema]) => {
    const { description, ...json } = schemas.of(schema as z.ZodType, 'input');
    const required = place === 'path' || !(schema as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description !== undefined && { description }), schema: json };
  });

const answers = (spec: RouteSpec, schemas: Schemas): Json =>
  Object.fromEntries(
    Object.entries(spec.answers).map(([status, { description, schema, mediaType, orBytes, frames }]) => [
      status,
      {
        description,
        ...(schema && { content: { 'application/json': { schema: schemas.of(schema, 'output') } } }),
        ...(mediaType !== undefined && {
          content: {
            [mediaType]: { schema: frames ? schemas.of(frames, 'output') : { type: 'string' } },
            ...(orBytes && { 'application/octet-stream': {} }),
          },
        }),
      },
    ]),
  );

const refusals = (spec: RouteSpec, schemas: Schemas): Json => {
  const byStatus = new Map<number, ApiErrorCode[]>();
  for (const code of new Set([...everywhere(spec), ...spec.errors])) {
    byStatus.set(ERROR_STATUS[code], [...(byStatus.get(ERROR_STATUS[code]) ?? []), code]);
  }
  const content = { 'application/json': { schema: schemas.of(apiError, 'output') } };
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  );
};

const everywhere = ({ open, method, body }: RouteSpec): readonly ApiErrorCode[] => [
  ...(open
    ? ([] as const)
    : (['auth.required', 'auth.wrong-credentials', 'auth.throttled', 'auth.busy', 'store.unavailable'] as const)),
  'request.invalid',
  ...(method === 'GET' ? ([] as const) : (['request.cross-site', 'request.media-type', 'request.too-large'] as const)),
  ...(body ? (['request.malformed', 'request.timeout', 'request.busy'] as const) : ([] as const)),
  'internal',
];

/** JSON Schemas, those with a name collected as components. */
class Schemas {
  readonly named: Record<string, Json> = {};
  readonly #made = new Map<z.ZodType, Json>();

  /** @param io a schema that turns what it gets into something else has two sides; none is asked for both. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const json = this.#made.get(schema) ?? this.#make(schema, io);
    this.#made.set(schema, json);
    return json;
  }

  #make(schema: z.ZodType, io: 'input' | 'output'): Json {
    // A schema with a name becomes a reference only inside another one.
    const json = z.toJSONSchema(z.object({ it: schema }), { target: 'draft-2020-12', io });
    const { properties, $defs = {} } = inComponents(json) as { properties: { it: Json }; $defs?: Record<string, Json> };
    Object.assign(this.named, $defs);
    return properties.it;
  }
}

const inComponents = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown;
