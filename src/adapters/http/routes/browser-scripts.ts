import type { ReportRun } from '../../../application/use-cases/report-run.js';
import type { StartBrowserRun } from '../../../application/use-cases/start-browser-run.js';
import type { BROWSER_ROUTES } from '../contract/browser-routes.js';
import type { Handlers } from '../route-handler.js';

export interface BrowserScriptRouteNeeds {
  startBrowserRun: StartBrowserRun;
  reportRun: ReportRun;
  /** The page that browser scripts run in, and what it may do. */
  browserFrame: () => Promise<{ html: string; contentSecurityPolicy: string }>;
}

export const browserScriptHandlers = (needs: BrowserScriptRouteNeeds): Pick<Handlers, keyof typeof BROWSER_ROUTES> => ({
  async startBrowserRun({ params }, ctx) {
    const { env, ...job } = await needs.startBrowserRun({ scriptId: params.id, origin: ctx.state.origin });
    ctx.status = 201;
    return { ...job, env: [...env] };
  },

  async reportRun({ params: { runId }, body: { pieces = [], droppedBytes = 0, part, end } }, ctx) {
    const report = { part, pieces, droppedBytes, end };
    await needs.reportRun({ runId, actor: ctx.state.origin.actor, report });
    return { ok: true };
  },

  async browserFrame(_, ctx) {
    const { html, contentSecurityPolicy } = await needs.browserFrame();
    ctx.set('content-security-policy', contentSecurityPolicy);
    ctx.set('cross-origin-opener-policy', 'same-origin');
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = html;
    return undefined;
  },
});
