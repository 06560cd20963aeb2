/**
 * Calls `onEvent(type, data)` for each frame of an event stream, `data` being its JSON, parsed, as soon as it has come.
 * Resolves when the stream ends. @throws what `onEvent` throws, or when the connection breaks
 */
export const readEvents = (response, onEvent) =>
  new Promise((resolve, reject) => {
    let pending = '';
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      try {
        pending = takeFrames(pending, chunk, onEvent);
      } catch (error) {
        response.destroy();
        reject(error);
      }
    });
    response.once('end', resolve);
    response.once('error', reject);
  });

const takeFrames = (before, chunk, onEvent) => {
  const text = before + chunk;
  let start = 0;
  // A frame's end may be split between the two.
  let end = text.indexOf('\n\n', Math.max(0, before.length - 1));
  while (end !== -1) {
    takeFrame(text.slice(start, end), onEvent);
    start = end + 2;
    end = text.indexOf('\n\n', start);
  }
  return text.slice(start);
};

const takeFrame = (frame, onEvent) => {
  const type = /^event: (.*)$/m.exec(frame)?.[1];
  const data = frame.indexOf('data: ');
  if (type !== undefined && data !== -1) onEvent(type, JSON.parse(frame.slice(data + 'data: '.length)));
};
