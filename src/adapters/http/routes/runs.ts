import type { CancelRun } from '../../../application/use-cases/cancel-run.js';
import type { EndLeftovers } from '../../../application/use-cases/end-leftovers.js';
import type { ListRuns } from '../../../application/use-cases/list-runs.js';
import type { ShowRun } from '../../../application/use-cases/show-run.js';
import { LIMITS } from '../../../domain/limits.js';
import { decodeCursor } from '../cursor.js';
import type { AnswerParts } from '../edge/answer-parts.js';
import { pagedList } from '../edge/json-list.js';
import { presentRun, presentStoredListItem } from '../present-run.js';
import type { Handlers } from '../route-handler.js';
import { withoutUndefined } from '../without-undefined.js';

export interface RunRouteNeeds {
  cancelRun: CancelRun;
  endLeftovers: EndLeftovers;
  showRun: ShowRun;
  listRuns: ListRuns;
}

export const runHandlers = (
  needs: RunRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, 'listRuns' | 'getRun' | 'cancelRun' | 'endLeftovers'> => ({
  async listRuns({ query: { limit = LIMITS.pageDefault, cursor, ...filter } }, ctx) {
    const page = pagedList({
      limit,
      cursor: cursor === undefined ? undefined : decodeCursor(cursor),
      list: (part) => needs.listRuns({ ...withoutUndefined(filter), ...part }),
      present: presentStoredListItem,
      cursorOf: ({ createdAt, id }) => ({ at: createdAt, id }),
    });
    ctx.type = 'application/json';
    return answerParts(ctx, page);
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

  async endLeftovers({ params }, ctx) {
    return { item: presentRun(await needs.endLeftovers({ runId: params.runId, origin: ctx.state.origin })) };
  },
});
