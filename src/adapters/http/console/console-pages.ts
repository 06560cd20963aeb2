import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Context, Middleware } from 'koa';
import { quoted } from '../../../domain/text.js';
import { HttpError } from '../http-error.js';
import type { RouteState } from '../route-handler.js';
import { type Coding, type ConsoleFiles, findConsoleFiles } from './console-files.js';

const HOME = '/admin/scripts';
const ASSETS = `${HOME}/assets/`;

/** Scripts, styles and requests of this server alone, and nothing written into the page itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Names of assets hold a hash of what is in them. */
const FOR_EVER = 'private, max-age=31536000, immutable';

/**
 * The console: one page for `/admin/scripts` and every address below it that is no route of the contract, and its assets.
 * @param folder what the build made, `dist/ui`
 */
export const consolePages = (folder: string): Middleware<RouteState> => {
  const files = findConsoleFiles(folder);
  return async (ctx, next) => {
    const isHere = ctx.path === HOME || ctx.path.startsWith(`${HOME}/`);
    if (!isHere || ctx.state.route.methods.length > 0) {
      await next();
      return;
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      throw new HttpError('route.method', `${ctx.method} is not for ${quoted(ctx.path)}; use GET`, {
        headers: { allow: 'GET, HEAD' },
      });
    }
    if (!files) answerUnbuilt(ctx);
    else if (ctx.path.startsWith(ASSETS)) await answerAsset(ctx, files);
    else answerPage(ctx, files.page);
  };
};

const answerPage = (ctx: Context, page: string): void => {
  const html = page.replaceAll('="./', `="${wayHome(ctx.path)}`);
  ctx.set('content-security-policy', CONTENT_SECURITY_POLICY);
  ctx.set('cache-control', 'no-cache, private');
  ctx.set('vary', 'authorization, cookie');
  ctx.type = 'text/html; charset=utf-8';
  ctx.etag = createHash('sha256').update(html).digest('base64url').slice(0, 22);
  ctx.status = 200; // `fresh` looks at it
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = html;
};

/** From the page's address to the folder that holds `assets/`. Relative, so that it is right below any prefix and behind any proxy. */
const wayHome = (path: string): string => {
  if (path === HOME) return './scripts/';
  const depth = path.slice(HOME.length + 1).split('/').length - 1;
  return depth === 0 ? './' : '../'.repeat(depth);
};

const answerAsset = async (ctx: Context, { assets }: ConsoleFiles): Promise<void> => {
  const asset = assets.get(ctx.path.slice(ASSETS.length));
  if (!asset) {
    throw new HttpError(
      'route.not-found',
      `there is nothing at ${quoted(ctx.path)}; the console may have been updated: reload the page`,
    );
  }
  const accepted = ctx.acceptsEncodings(Object.keys(asset.files).sort(byPreference));
  const coding = (accepted === false ? 'identity' : accepted) as Coding;
  const file = asset.files[coding] ?? asset.files.identity ?? '';
  ctx.set({ 'cache-control': FOR_EVER, vary: 'accept-encoding' });
  if (coding !== 'identity') ctx.set('content-encoding', coding);
  ctx.type = asset.mediaType;
  ctx.body = await streamOf(ctx, file);
};

/** Read as the browser takes it. */
const streamOf = async (ctx: Context, path: string): Promise<Readable> => {
  const file = await open(path);
  try {
    ctx.length = (await file.stat()).size;
  } catch (error) {
    await file.close();
    throw error;
  }
  return file.createReadStream({ highWaterMark: PIECE_BYTES });
};

const PIECE_BYTES = 32 * 1024;

const PREFERENCE: readonly string[] = ['br', 'gzip', 'identity'] satisfies Coding[];
const byPreference = (a: string, b: string): number => PREFERENCE.indexOf(a) - PREFERENCE.indexOf(b);

const answerUnbuilt = (ctx: Context): void => {
  ctx.status = 503;
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body =
    'The console is not there: dist/ui is missing. npm run build makes it.\n' +
    'The API works without: /api/admin/openapi.json describes it.\n';
};
