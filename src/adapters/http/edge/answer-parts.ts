import type { RouteContext } from '../route-handler.js';
import type { Viewer, Viewers } from '../viewers.js';
import { answerPieces } from './answer-pieces.js';

/**
 * Answers the parts of a text or of JSON; the type is set before. A large answer counts among the streams of its address while it lasts.
 * @param wholeBytes what is no larger is made at once
 */
export type AnswerParts = (
  ctx: RouteContext,
  parts: AsyncIterable<string | Buffer> | Iterable<string | Buffer>,
  wholeBytes?: number,
) => Promise<undefined>;

export const makeAnswerParts =
  (viewers: Viewers): AnswerParts =>
  async (ctx, parts, wholeBytes) => {
    // What was changed already is told, however large the answer is.
    const mayRefuse = ctx.method === 'GET' || ctx.method === 'HEAD';
    await answerPieces(ctx, parts, (stream) => viewers.download(viewerOf(ctx), stream, { mayRefuse }), wholeBytes);
    return undefined;
  };

export const viewerOf = ({ res, state }: RouteContext): Viewer => ({
  res,
  address: (state as Partial<RouteContext['state']>).origin?.address ?? '',
  withdrawn: state.withdrawn,
});
