import type { CreateScript } from '../../../application/use-cases/create-script.js';
import type { DeleteScript } from '../../../application/use-cases/delete-script.js';
import type { GetScript } from '../../../application/use-cases/get-script.js';
import type { ListScripts, SummarizeScript, SummarizeScripts } from '../../../application/use-cases/list-scripts.js';
import type { RunScript } from '../../../application/use-cases/run-script.js';
import type { UpdateScript } from '../../../application/use-cases/update-script.js';
import type { SCRIPT_ROUTES } from '../contract/script-routes.js';
import type { AnswerParts } from '../edge/answer-parts.js';
import { answerUnchanged } from '../edge/answer-unchanged.js';
import { jsonList, jsonOfEach } from '../edge/json-list.js';
import { givenScriptFields } from '../given-script-fields.js';
import { readIdempotencyKey } from '../idempotency-key.js';
import { presentScript, presentScriptSummary } from '../present-script.js';
import type { Handlers } from '../route-handler.js';

export interface ScriptRouteNeeds {
  createScript: CreateScript;
  updateScript: UpdateScript;
  deleteScript: DeleteScript;
  getScript: GetScript;
  listScripts: ListScripts;
  summarizeScripts: SummarizeScripts;
  summarizeScript: SummarizeScript;
  runScript: RunScript;
}

/** Summaries of some thousand scripts: pages read them again and again, and mostly they are the same. */
const REVALIDATED_BYTES = 2 * 1024 * 1024;

export const scriptHandlers = (
  needs: ScriptRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, keyof typeof SCRIPT_ROUTES> => ({
  async listScripts({ query }, ctx) {
    ctx.type = 'application/json';
    if (query.view !== 'summary') return answerParts(ctx, jsonList(jsonOfEach(needs.listScripts(), presentScript)));
    const summaries = jsonOfEach(needs.summarizeScripts(), presentScriptSummary);
    await answerParts(ctx, jsonList(summaries), REVALIDATED_BYTES);
    answerUnchanged(ctx);
    return undefined;
  },

  async createScript({ body }, ctx) {
    const script = await needs.createScript({ draft: givenScriptFields(body), origin: ctx.state.origin });
    ctx.status = 201;
    return { item: presentScript(script) };
  },

  async getScript({ params, query }) {
    if (query.view !== 'summary') return { item: presentScript(await needs.getScript(params.id)) };
    return { item: presentScriptSummary(await needs.summarizeScript(params.id)) };
  },

  async updateScript({ params, body }, ctx) {
    const script = await needs.updateScript({
      id: params.id,
      changes: givenScriptFields(body),
      ...(body.revision !== undefined && { revision: body.revision }),
      origin: ctx.state.origin,
    });
    return { item: presentScript(script) };
  },

  async deleteScript({ params }, ctx) {
    await needs.deleteScript({ id: params.id, origin: ctx.state.origin });
    return { ok: true };
  },

  async runScript({ params, body }, ctx) {
    const idempotencyKey = readIdempotencyKey(ctx.req);
    const { runId, replayed } = await needs.runScript({
      scriptId: params.id,
      trigger: body?.trigger ?? 'api',
      origin: ctx.state.origin,
      ...(idempotencyKey !== null && { idempotencyKey }),
    });
    if (replayed) ctx.set('idempotency-replayed', 'true');
    ctx.status = 202;
    return { runId };
  },
});
