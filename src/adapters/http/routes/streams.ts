import type { Clock } from '../../../application/ports/clock.js';
import type { FollowRun } from '../../../application/use-cases/follow-run.js';
import type { WatchRuns } from '../../../application/use-cases/watch-runs.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import type { RunSummary } from '../../../domain/run/script-run.js';
import { wholeNumberIn } from '../contract/schema.js';
import { viewerOf } from '../edge/answer-parts.js';
import { presentRunListItem } from '../present-run.js';
import { invalidRequest } from '../request-input.js';
import type { Handlers, RouteContext } from '../route-handler.js';
import { answerSse, sharedFrames } from '../sse.js';
import type { Viewers } from '../viewers.js';

export interface StreamRouteNeeds {
  followRun: FollowRun;
  watchRuns: WatchRuns;
  clock: Clock;
}

export const streamHandlers = (
  needs: StreamRouteNeeds,
  viewers: Viewers,
): Pick<Handlers, 'followRun' | 'watchRuns'> => {
  const eventFrame = sharedFrames<EncodedEvent>(
    ({ seq, type, json }) => `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`,
  );
  const runFrame = sharedFrames<RunSummary>(
    (run) => `event: run\ndata: ${JSON.stringify(presentRunListItem(run))}\n\n`,
  );

  return {
    async followRun({ params: { runId }, query }, ctx) {
      const after = lastEventId(ctx) ?? query.since ?? 0;
      const events = await viewers.watch(viewerOf(ctx), (signal) => needs.followRun({ runId, after, signal }));
      if (events) answerSse(ctx, events, eventFrame, needs.clock);
      else ctx.status = 204;
      return undefined;
    },

    async watchRuns(_, ctx) {
      const runs = await viewers.watch(viewerOf(ctx), async (signal) => needs.watchRuns(signal));
      answerSse(ctx, runs, runFrame, needs.clock);
      return undefined;
    },
  };
};

const lastEventId = (ctx: RouteContext): number | null => {
  const text = ctx.req.headers['last-event-id'];
  if (text === undefined || text === '') return null;
  const seq = typeof text === 'string' ? wholeNumberIn(text) : null;
  if (seq !== null) return seq;
  throw invalidRequest([{ path: 'Last-Event-ID', message: 'must be the id of an event: a whole number' }]);
};
