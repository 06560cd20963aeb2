import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { ApiErrorCode } from './contract/error-status.js';
import type { ApiError } from './contract/errors.js';

const STYLE =
  ':root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{max-width:36rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.25rem}';

const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** Whether a person looks at the answer: a browser asks for a page. Some HTTP libraries ask for HTML by default, of the API too. */
export const wantsPage = (ctx: Context): boolean =>
  (ctx.method === 'GET' || ctx.method === 'HEAD') &&
  !/\/api\/admin\/|\/(?:healthz|metrics)$/.test(ctx.path) &&
  ctx.accepts('json', 'html') === 'html';

/** Answers an error as a page that says what is wrong and what to do. Status and headers are set already. */
export const answerPageOfError = (ctx: Context, { error, code }: ApiError): void => {
  const { heading, next } = wordsOf(ctx, code);
  ctx.set('content-security-policy', CONTENT_SECURITY_POLICY);
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${heading} · Runlet</title>
<style>${STYLE}</style>
<main>
<h1>${heading}</h1>
<p>${asText(error)}.</p>
<p>${next}</p>
<p><a href="">Try again</a></p>
</main>
</html>
`;
};

interface Words {
  readonly heading: string;
  readonly next: string;
}

const wordsOf = (ctx: Context, code: ApiErrorCode): Words => {
  if (ctx.status === 401 && !ctx.res.hasHeader('www-authenticate')) return HOSTED;
  return WORDS[code] ?? OTHER;
};

const SIGN_IN =
  'Try again with the name and the password of an admin. Whoever runs the server sets them (<code>ADMIN_USER</code>, ' +
  '<code>ADMIN_PASS</code>); without a setting the start of the server names the file that has the password.';

const WORDS: Readonly<Partial<Record<ApiErrorCode, Words>>> = {
  'auth.required': { heading: 'Sign in', next: SIGN_IN },
  'auth.wrong-credentials': { heading: 'Not signed in', next: SIGN_IN },
  'auth.throttled': {
    heading: 'Too many wrong passwords',
    next: 'Something that keeps trying an old password locks the address again: a program, or another tab.',
  },
  'route.not-found': { heading: 'There is no such page', next: 'The address may be mistyped.' },
};

/** Identity is the host application's. */
const HOSTED: Words = { heading: 'Sign in', next: 'The application that this console is part of signs you in.' };

const OTHER: Words = { heading: 'This did not work', next: 'Try again in a moment.' };

/** The API's messages begin small, and may quote what was sent. */
const asText = (message: string): string =>
  (message.charAt(0).toUpperCase() + message.slice(1)).replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
