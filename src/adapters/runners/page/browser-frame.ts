import { createHash } from 'node:crypto';
import { LIMITS } from '../../../domain/limits.js';
import { type FrameSettings, runFrame } from './frame-program.js';
import { makeWorkerRealm } from './worker-realm.js';

/**
 * The page that browser scripts run in, embedded by the console. Its origin is its own, which is nobody's, and what it may do is this one
 * program and Workers made of text: no request of any kind, to Runlet neither, where a browser would send the admin's credentials with it.
 * @param makeInspect makes the formatter of the console; it must not refer to anything outside itself
 */
export const browserFrame = (
  makeInspect: () => (value: unknown) => string,
): { html: string; contentSecurityPolicy: string } => {
  const settings: FrameSettings = {
    realm: String(makeWorkerRealm),
    inspect: String(makeInspect),
    outputBytes: LIMITS.pageOutputBytes,
    resultBytes: LIMITS.resultBytes,
  };
  // `<` would let text in it end the element.
  const program = `(${String(runFrame)})(window, ${JSON.stringify(settings).replaceAll('<', String.raw`\u003c`)});`;
  return {
    html: `<!doctype html><meta charset="utf-8"><title>Browser script</title><script>${program}</script>\n`,
    contentSecurityPolicy: [
      'sandbox allow-scripts',
      "default-src 'none'",
      `script-src 'sha256-${createHash('sha256').update(program).digest('base64')}'`,
      'worker-src blob:',
      "connect-src 'none'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'self'",
    ].join('; '),
  };
};
