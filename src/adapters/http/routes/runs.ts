import type { CancelRun } from '../../../application/use-cases/cancel-run.js';
import type { EndLeftovers } from '../../../application/use-cases/end-leftovers.js';
import type { ListRuns, SummarizeRuns } from '../../../application/use-cases/list-runs.js';
import type { ShowRun } from '../../../application/use-cases/show-run.js';
import { LIMITS } from '../../../domain/limits.js';
import { decodeCursor } from '../cursor.js';
import type { AnswerParts } from '../edge/answer-parts.js';
import { pagedList } from '../edge/json-list.js';
import { presentRun, presentStoredListItem, presentStoredPreview } from '../present-run.js';
import type { Handlers } from '../route-handler.js';
import { withoutUndefined } from '../without-undefined.js';

export interface RunRouteNeeds {
  cancelRun: CancelRun;
  endLeftovers: EndLeftovers;
  showRun: ShowRun;
  listRuns: ListRuns;
  summarizeRuns: SummarizeRuns;
}

export const runHandlers = (
  needs: RunRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, 'listRuns' | 'getRun' | 'cancelRun' | 'endLeftovers'> => ({
  async listRuns({ query: { view, limit = LIMITS.pageDefault, cursor, ...filter } }, ctx) {
    const page = {
      limit,
      cursor: cursor === undefined ? undefined : decodeCursor(cursor),
      cursorOf: ({ createdAt, id }: { createdAt: Date; id: string }) => ({ at: createdAt, id }),
    };
    const listed =
      view === 'summary'
        ? pagedList({
            ...page,
            list: (part) => needs.summarizeRuns({ ...withoutUndefined(filter), ...part }),
            present: presentStoredListItem,
          })
        : pagedList({
            ...page,
            list: (part) => needs.listRuns({ ...withoutUndefined(filter), ...part }),
            present: presentStoredPreview,
          });
    ctx.type = 'application/json';
    return answerParts(ctx, listed);
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
