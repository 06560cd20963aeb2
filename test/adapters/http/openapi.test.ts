import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUNNERS, SCRIPT_TYPES } from '../../../src/domain/script/script.js';
import { LIMITS } from '../../../src/domain/limits.js';
import { ERROR_STATUS } from '../../../src/adapters/http/contract/error-status.js';
import type { RouteSpec } from '../../../src/adapters/http/contract/route-spec.js';
import { ROUTES } from '../../../src/adapters/http/contract/routes.js';
import { type OpenApiDocument, openApiDocument } from '../../../src/adapters/http/openapi.js';
import { type Api, startApi } from './support/api.js';

interface Operation {
  readonly tags: string[];
  readonly operationId: string;
  readonly parameters: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
  readonly requestBody?: { required: boolean };
  readonly responses: Record<string, { description: string; content?: object }>;
  readonly security?: object[];
}

let api: Api;
let document: OpenApiDocument;
let paths: Record<string, Record<string, Operation>>;
beforeAll(async () => {
  api = await startApi({ version: '1.2.3', publicUrl: new URL('https://ops.example/'), prefix: '/runlet' });
  document = (await api.call('GET', '/runlet/api/admin/openapi.json')).json as unknown as OpenApiDocument;
  paths = document.paths as unknown as typeof paths;
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('says what it describes and where that is', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Runlet', version: '1.2.3' },
      servers: [{ url: 'https://ops.example/runlet' }],
    });
    expect(openApiDocument({ version: '1', server: '', prefix: '' }).servers).toEqual([{ url: '/' }]);
  });

  it('has every route of the contract and no other', () => {
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
    );
    const specified = Object.entries<RouteSpec>(ROUTES).map(([name, { method, path }]) => `${name}: ${method} ${path}`);
    expect(documented.sort()).toEqual(specified.sort());
  });

  it('has the routes that the server answers: each of them, and 405 for every other method', async () => {
    for (const [path, methods] of Object.entries(paths)) {
      const live = `/runlet${path.replace(/\{\w+\}/g, '65f0c0ffee0123456789abcd')}`;
      const { headers } = await api.fetch(live, { method: 'PATCH' });
      const allowed = headers
        .get('allow')
        ?.split(', ')
        .filter((method) => method !== 'HEAD');
      expect([path, allowed?.sort()]).toEqual([
        path,
        Object.keys(methods)
          .map((method) => method.toUpperCase())
          .sort(),
      ]);
    }
  });

  it('refers to nothing that it does not have', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
    const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(new Set(refs).size).toBeGreaterThan(10);
    expect([...new Set(refs)].filter((ref) => !named.includes(ref))).toEqual([]);
  });

  it('gives the parameters of a path their place and the limits their numbers', () => {
    for (const [path, methods] of Object.entries(paths)) {
      for (const { parameters } of Object.values(methods)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path' && parameter.required);
        expect([path, inPath.map(({ name }) => `{${name}}`)]).toEqual([path, path.match(/\{\w+\}/g) ?? []]);
      }
    }
    const { parameters } = paths['/api/admin/scripts/runs']!.get!;
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: LIMITS.pageMax, default: LIMITS.pageDefault },
    });
    expect(parameters.find(({ name }) => name === 'cursor')).toMatchObject({
      schema: { type: 'string', minLength: 1 },
    });
    expect(document.components.schemas.NewScript).toMatchObject({
      required: ['name', 'type', 'script'],
      additionalProperties: false,
      properties: {
        name: { maxLength: LIMITS.nameLength },
        timeoutMs: { anyOf: [{ type: 'integer', minimum: LIMITS.timeoutMinMs }, { type: 'null' }] },
        env: { maxItems: LIMITS.envEntries },
      },
    });
  });

  it('groups the routes by tags that it names', () => {
    const { tags } = document as unknown as { tags: { name: string }[] };
    const used = Object.values(paths).flatMap((methods) => Object.values(methods).map((operation) => operation.tags));
    expect(used.every(({ length }) => length === 1)).toBe(true);
    expect([...new Set(used.flat())].sort()).toEqual(tags.map(({ name }) => name).sort());
    expect(paths['/api/admin/scripts/{id}/run']!.post!.tags).toEqual(['Scripts']);
    expect(paths['/api/admin/scripts/runs/{runId}/cancel']!.post!.tags).toEqual(['Runs']);
  });

  it('names the schema of each event of the streams', () => {
    const framesOf = (path: string): Record<string, unknown> => {
      const { schema } = (
        paths[path]!.get!.responses['200']!.content as Record<string, { schema: { oneOf: { $ref: string }[] } }>
      )['text/event-stream']!;
      const frames = schema.oneOf.map(({ $ref }) => document.components.schemas[$ref.split('/').at(-1)!]!);
      return Object.fromEntries(
        frames.map((frame) => {
          const { event, data } = frame.properties as { event: { const: string }; data: { $ref?: string } };
          return [event.const, data.$ref?.split('/').at(-1)];
        }),
      );
    };
    expect(framesOf('/api/admin/scripts/runs/{runId}/stream')).toEqual({
      status: 'StatusEvent',
      log: 'LogEvent',
      done: 'DoneEvent',
      ping: undefined,
    });
    expect(framesOf('/api/admin/scripts/runs/stream')).toEqual({ run: 'RunListItem', ping: undefined });
  });

  it('allows the runners of a type that the server allows', async () => {
    const kinds = (name: string) => document.components.schemas[name]!.oneOf as Kind[];
    for (const type of SCRIPT_TYPES) {
      for (const runner of [undefined, ...RUNNERS]) {
        const draft = { name: 'x', script: 'true', type, ...(runner && { runner }) };
        const { status, json } = await api.call('POST', '/runlet/api/admin/scripts', { json: draft });
        const fitting = kinds('NewScript').filter((kind) => fits(kind, draft));
        expect([type, runner, fitting.length]).toEqual([type, runner, status === 201 ? 1 : 0]);
        for (const name of ['Script', 'ScriptSummary'])
          expect(kinds(name).filter((kind) => fits(kind, status === 201 ? json.item : draft))).toHaveLength(
            status === 201 ? 1 : 0,
          );
      }
    }
  });

  it('says which body is needed and which may be left out', () => {
    expect(paths['/api/admin/scripts']!.post!.requestBody?.required).toBe(true);
    expect(paths['/api/admin/scripts/{id}/run']!.post!.requestBody?.required).toBe(false);
    expect(paths['/api/admin/scripts/runs/{runId}/cancel']!.post).not.toHaveProperty('requestBody');
  });

  it('names the refusals of a route under their statuses', () => {
    const { responses } = paths['/api/admin/scripts/{id}/run']!.post!;
    expect(Object.keys(responses)).toEqual([
      '202',
      '400',
      '401',
      '403',
      '404',
      '408',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(responses['409']?.description).toBe('script.disabled, script.not-server-side');
    for (const methods of Object.values(paths)) {
      for (const operation of Object.values(methods)) {
        for (const [status, { description }] of Object.entries(operation.responses)) {
          const codes = description
            .split(', ')
            .filter((code): code is keyof typeof ERROR_STATUS => code in ERROR_STATUS);
          for (const code of codes) expect([code, ERROR_STATUS[code]]).toEqual([code, Number(status)]);
        }
      }
    }
  });

  it('asks for credentials everywhere but where there are none', () => {
    expect(document.security).toEqual([{ basic: [] }]);
    const open = Object.entries(paths).filter(([, methods]) => Object.values(methods).some(({ security }) => security));
    expect(open.map(([path]) => path)).toEqual(['/healthz']);
    expect(paths['/healthz']!.get!.responses).not.toHaveProperty('401');
  });
});

interface Kind {
  readonly required: string[];
  readonly properties: Record<string, { const: unknown }>;
}

const fits = ({ required, properties }: Kind, given: Record<string, unknown>): boolean =>
  required.every((name) => name in given) &&
  Object.entries(properties).every(([name, property]) => !(name in given) || given[name] === property.const);
