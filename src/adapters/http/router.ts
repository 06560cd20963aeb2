import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Log } from '../../application/ports/log.js';
import { quoted } from '../../domain/text.js';
import type { RouteSpec } from './contract/route-spec.js';
import { ROUTES, type RouteName } from './contract/routes.js';
import type { AnswerParts } from './edge/answer-parts.js';
import { makeReadJsonBody, type ReadJsonBody } from './edge/json-body.js';
import { HttpError } from './http-error.js';
import type { Refusal } from './refusal.js';
import { parseInput } from './request-input.js';
import type { Handlers, RouteContext, RouteState } from './route-handler.js';
import { type OwnAddress, requireSameSite } from './same-site.js';

export interface RouterNeeds extends OwnAddress {
  /** Writes an attempt to change something to the audit trail that was refused at the edge. */
  recordRefusal: (refusal: Refusal) => Promise<void>;
  /** How long a client may take to send a body. */
  requestTimeoutMs: number;
  log: Log;
}

/** The routes of the contract, each with its handler. */
export const makeRouter = (handlers: Handlers, answerParts: AnswerParts, needs: RouterNeeds): Router<RouteState> => {
  const router = new Router<RouteState>({ sensitive: true });
  const readBody = makeReadJsonBody(needs.requestTimeoutMs);
  for (const [name, spec] of byPrecedence()) {
    router.register(koaPath(spec.path), [spec.method], answer(spec, handlers[name], readBody, answerParts, needs));
  }
  return router;
};

/** Puts what the router knows of a request on `ctx.state.route`. The path that has the fewest parameters is the one that is meant. */
export const matchRoute =
  (router: Router<RouteState>): Middleware<RouteState> =>
  async (ctx, next) => {
    const { path: matching, pathAndMethod } = router.match(ctx.path, ctx.method);
    const meant = matching.filter(({ path }) => path === matching[0]?.path);
    ctx.state.route = {
      methods: meant.flatMap(({ methods }) => methods),
      isOpen: OPEN_PATHS.some((open) => open === pathAndMethod[0]?.path),
    };
    await next();
  };

/** Refuses what no route answers. */
export const requireRoute: Middleware<RouteState> = async (ctx, next) => {
  const { methods } = ctx.state.route;
  if (methods.length === 0) {
    throw new HttpError(
      'route.not-found',
      `there is nothing at ${quoted(ctx.path)}; /api/admin/openapi.json names what there is`,
    );
  }
  if (!methods.includes(ctx.method)) {
    const allow = methods.join(', ');
    throw new HttpError('route.method', `${ctx.method} is not for ${quoted(ctx.path)}; use ${allow}`, {
      headers: { allow },
    });
  }
  await next();
};

/** What is shorter is no large answer, whatever its characters. */
const LARGE_CHARACTERS = 16 * 1024;

/** A handler whose input was parsed by the schemas of its own route. */
type AnyHandler = (input: never, ctx: RouteContext) => Promise<unknown>;

const byPrecedence = (): [RouteName, RouteSpec][] => {
  const parameters = ({ path }: RouteSpec): number => path.split('{').length;
  return (Object.entries<RouteSpec>(ROUTES) as [RouteName, RouteSpec][]).sort(
    ([, a], [, b]) => parameters(a) - parameters(b),
  );
};

const koaPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

const OPEN_PATHS = Object.values<RouteSpec>(ROUTES)
  .filter(({ open }) => open)
  .map(({ path }) => koaPath(path));

const answer =
  (spec: RouteSpec, handle: AnyHandler, readBody: ReadJsonBody, answerParts: AnswerParts, needs: RouterNeeds) =>
  async (ctx: RouteContext & { params: Record<string, string> }): Promise<void> => {
    try {
      if (spec.method !== 'GET') requireSameSite(ctx.req, needs);
      const body = await readBody(ctx.req, addressOf(ctx.state));
      if (ctx.state.withdrawn?.aborted) throw new HttpError('auth.wrong-credentials', 'the access was taken away');
      const input = parseInput(spec, { params: ctx.params, query: ctx.querystring, body });
      const json = await handle(input as never, ctx);
      if (json === undefined) return;
      const text = JSON.stringify(json);
      ctx.type = 'application/json';
      if (text.length > LARGE_CHARACTERS) await answerParts(ctx, [text]);
      else ctx.body = text;
    } catch (error) {
      if (spec.audit && error instanceof HttpError) await record(spec.audit, error, ctx, needs);
      throw error;
    }
  };

/** Empty where nobody had to say who asks. */
const addressOf = ({ origin }: Partial<RouteState>): string => origin?.address ?? '';

const record = async (
  action: Refusal['action'],
  { code }: HttpError,
  { params, state }: RouteContext & { params: Record<string, string> },
  { recordRefusal, log }: RouterNeeds,
): Promise<void> => {
  const isId = (text: string | undefined): text is string => /^[0-9a-f]{24}$/i.test(text ?? '');
  const scriptId = isId(params.id) ? params.id.toLowerCase() : null;
  const run = isId(params.runId) ? { runId: params.runId.toLowerCase() } : {};
  const outcome = code === 'request.cross-site' ? 'denied' : 'failure';
  await recordRefusal({ action, origin: state.origin, scriptId, ...run, outcome, code }).catch((error: unknown) => {
    log.error({ err: error, action, code }, 'a refusal could not be written to the audit trail');
  });
};
