/**
 * A body as an interpreter takes it. Editors on Windows begin a file with a byte order mark and end each line with a carriage return, which
 * bash takes for parts of words. The body is stored and answered as it was given.
 */
export const runnableText = (body: string): string =>
  body
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replace(/\r$/, '');
