import type { CreateScript } from '../../../application/use-cases/create-script.js';
import type { DeleteScript } from '../../../application/use-cases/delete-script.js';
import type { GetScript } from '../../../application/use-cases/get-script.js';
import type { ListScripts, SummarizeScripts } from '../../../application/use-cases/list-scripts.js';
import type { RunScript } from '../../../application/use-cases/run-script.js';
import type { UpdateScript } from '../../../application/use-cases/update-script.js';
import type { SCRIPT_ROUTES } from '../contract/script-routes.js';
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

export const scriptHandlers = (needs: ScriptRouteNeeds): Pick<Handlers, keyof typeof SCRIPT_ROUTES> => ({
  async listScripts({ query }) {
    if (query.view !== 'summary') return { items: (await needs.listScripts()).map(presentScript) };
    const summaries = await needs.summarizeScripts();
    return { items: summaries.map(({ script, activity }) => presentScriptSummary(script, activity)) };
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
