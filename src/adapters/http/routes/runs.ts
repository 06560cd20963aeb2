import type { CancelRun } from '../../../application/use-cases/cancel-run.js';
import type { ListRuns } from '../../../application/use-cases/list-runs.js';
import type { ShowRun } from '../../../application/use-cases/show-run.js';
import { LIMITS } from '../../../domain/limits.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { presentRun, presentStoredListItem } from '../present-run.js';
import type { Handlers } from '../route-handler.js';
import { withoutUndefined } from '../without-undefined.js';

export interface RunRouteNeeds {
  cancelRun: CancelRun;
  showRun: ShowRun;
  listRuns: ListRuns;
}

export const runHandlers = (needs: RunRouteNeeds): Pick<Handlers, 'listRuns' | 'getRun' | 'cancelRun'> => ({
  async listRuns({ query: { limit = LIMITS.pageDefault, cursor, ...filter } }) {
    const page = await needs.listRuns({
      ...withoutUndefined(filter),
      limit,
      ...(cursor !== undefined && { cursor: decodeCursor(cursor) }),
    });
    return {
      items: page.items.map(presentStoredListItem),
      ...(page.next && { nextCursor: encodeCursor(page.next) }),
    };
  },

  async getRun({ params }) {
    const { run, queuePosition } = await needs.showRun(params.runId);
    return { item: presentRun(run, queuePosition) };
  },

  async cancelRun({ params }, ctx) {
    const { run, alreadyCanceled } = await needs.cancelRun({ runId: params.runId, origin: ctx.state.origin });
    ctx.status = alreadyCanceled ? 200 : 202;
    return { item: presentRun(run) };
  },
});
