import type { CreateScript } from '../../../application/use-cases/create-script.js';
import type { DeleteScript } from '../../../application/use-cases/delete-script.js';
import type { GetScript } from '../../../application/use-cases/get-script.js';
import type { ListScripts, SummarizeScripts } from '../../../application/use-cases/list-scripts.js';
import type { RunScript } from '../../../application/use-cases/run-script.js';
import type { UpdateScript } from '../../../application/use-cases/update-script.js';
import type { SCRIPT_ROUTES } from '../contract/script-routes.js';
import type { AnswerParts } from '../edge/answer-parts.js';
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
  runScript: RunScript;
}

export const scriptHandlers = (
  needs: ScriptRouteNeeds,
  answerParts: AnswerParts,
): Pick<Handlers, keyof typeof SCRIPT_ROUTES> => ({
  async listScripts({ query }, ctx) {
    const items =
      query.view === 'summary'
        ? jsonOfEach(needs.summarizeScripts(), ({ script, activity }) => presentScriptSummary(script, activity))
        : jsonOfEach(needs.listScripts(), presentScript);
    ctx.type = 'application/json';
    return answerParts(ctx, jsonList(items));
  },

  async createScript({ body }, ctx) {
    const script = await needs.createScript({ draft: givenScriptFields(body), origin: ctx.state.origin });
    ctx.status = 201;
    return { item: presentScript(script) };
  },

  async getScript({ params }) {
    return { item: presentScript(await needs.getScript(params.id)) };
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
