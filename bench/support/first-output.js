import { readEvents } from './event-stream.js';

/** ms from the request that starts a run of a script that says hi to its first output at a viewer, who then reads on to the end. */
export const firstOutput = async (client, scriptId) => {
  const startedAt = performance.now();
  let ms;
  let printed = '';
  await readEvents(await client.openRun(await client.run(scriptId)), (type, event) => {
    if (type !== 'log') return;
    ms ??= performance.now() - startedAt;
    printed += event.line;
  });
  if (printed !== 'hi\n') throw new Error(`the viewer got ${JSON.stringify(printed)}`);
  return ms;
};
