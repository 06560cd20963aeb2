import type { Clock } from '../../../application/ports/clock.js';
import type { DecideHeldQueue } from '../../../application/use-cases/decide-held-queue.js';
import type { ListAudit } from '../../../application/use-cases/list-audit.js';
import { LIMITS } from '../../../domain/limits.js';
import { isOutage, type Problem, type ProblemCode } from '../../../domain/service/problem.js';
import { METRICS_MEDIA_TYPE, type SERVICE_ROUTES } from '../contract/service-routes.js';
import type { SystemReport } from '../contract/system.js';
import { decodeCursor } from '../cursor.js';
import type { AnswerParts } from '../edge/answer-parts.js';
import { pagedList } from '../edge/json-list.js';
import { openApiDocument } from '../openapi.js';
import { presentAuditEvent } from '../present-audit-event.js';
import type { Handlers, RouteContext } from '../route-handler.js';
import { toConsole } from '../console/to-console.js';
import { withoutUndefined } from '../without-undefined.js';

const ANSWERED = new Error('the store has answered');
/** A store that has not answered by then counts as one that does not. */
const PING_MS = 2000;

export interface ServiceRouteNeeds {
  listAudit: ListAudit;
  decideHeldQueue: DecideHeldQueue;
  /** Resolves when the store answers. */
  ping: () => Promise<void>;
  system: () => Promise<Omit<SystemReport, 'problems'>>;
  /** What is known to be wrong with the service. */
  problems: () => readonly Problem[];
  /** All measures, in Prometheus' text format. */
  metrics: () => string;
  clock: Clock;
  /** Path under which everything is served, `/ops`; empty for the root. */
  prefix: string;
  publicUrl: URL | null;
  version: string;
}

const leadToConsole = async (_: unknown, ctx: RouteContext): Promise<undefined> => {
  ctx.redirect(toConsole(ctx));
  return undefined;
};

export const serviceHandlers = (
  needs: ServiceRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, keyof typeof SERVICE_ROUTES> => {
  const { prefix, publicUrl, version } = needs;
  let document: Buffer | null = null;
  return {
    async health(_, ctx) {
      const problems = await outages(needs);
      if (problems.length === 0) return { status: 'ok' };
      ctx.status = 503;
      ctx.set('retry-after', '5');
      return { status: 'unavailable', problems };
    },

    home: leadToConsole,
    admin: leadToConsole,

    async listAudit({ query: { limit = LIMITS.pageDefault, cursor, ...filter } }, ctx) {
      const page = pagedList({
        limit,
        cursor: cursor === undefined ? undefined : decodeCursor(cursor),
        list: (part) => needs.listAudit({ ...withoutUndefined(filter), ...part }),
        present: presentAuditEvent,
        cursorOf: ({ at, id }) => ({ at, id }),
      });
      ctx.type = 'application/json';
      return answerParts(ctx, page);
    },

    async system() {
      const report = await needs.system(); // first: it brings what is held up to date
      const problems = needs.problems().map((problem) => ({ ...problem, since: problem.since.toISOString() }));
      return { ...report, problems };
    },

    async decideHeldQueue({ body: { action } }, ctx) {
      return needs.decideHeldQueue({ action, origin: ctx.state.origin });
    },

    async metrics(_, ctx) {
      ctx.set('content-type', METRICS_MEDIA_TYPE);
      return answerParts(ctx, [needs.metrics()]);
    },

    async openapi(_, ctx) {
      document ??= Buffer.from(JSON.stringify(openApiDocument({ version, server: publicUrl?.origin ?? '', prefix })));
      ctx.type = 'application/json';
      return answerParts(ctx, [document]);
    },
  };
};

/** Codes of what keeps the server from its work. */
const outages = async (needs: ServiceRouteNeeds): Promise<ProblemCode[]> => {
  const answering = await answers(needs);
  const known = needs
    .problems()
    .filter(isOutage)
    .map(({ code }) => code);
  return answering || known.some((code) => code.startsWith('store.')) ? known : ['store.unavailable', ...known];
};

const answers = async ({ ping, clock }: ServiceRouteNeeds): Promise<boolean> => {
  const answered = new AbortController();
  const late = clock.after(PING_MS, answered.signal).then(() => false);
  late.catch(() => undefined); // it did answer
  const result = await Promise.race([
    ping()
      .then(() => true)
      .catch(() => false),
    late,
  ]);
  answered.abort(ANSWERED);
  return result;
};
