/** A browser has so many connections to a host, and keeps idle ones for later requests. */
const CONNECTIONS = 6;
const ATTEMPTS = CONNECTIONS + 2;
const USUAL_MS = 4000;
const LONGEST_MS = 15_000;
const BODY_MS = 60_000;

/** What the slowest answer so far took: a slow network is no dead one. */
let slowestMs = 0;

/**
 * Reads an address. A connection that died without a FIN (a router forgot it) answers nothing for minutes: what has not begun to answer in
 * time is asked for again over another connection, since a request that is aborted takes its own with it.
 *
 * @param worksMs how long the server may work before it answers
 * @param onSilence told each time that no answer has come
 * @throws whatever fetch throws, once it has been asked often enough
 */
export const readAddress = async (
  address: string,
  init: RequestInit,
  worksMs: number,
  onSilence: () => void,
): Promise<Response> => {
  for (let attempt = 1; ; attempt++) {
    init.signal?.throwIfAborted();
    const patience = new AbortController();
    const giveUp = (): void => patience.abort(init.signal?.reason);
    init.signal?.addEventListener('abort', giveUp, { once: true });
    const began = performance.now();
    const waitMs = attempt > CONNECTIONS ? LONGEST_MS : Math.min(LONGEST_MS, Math.max(USUAL_MS, 2 * slowestMs));
    const timer = setTimeout(() => patience.abort(), worksMs + waitMs);
    try {
      const response = await fetch(address, { ...init, signal: patience.signal });
      slowestMs = Math.max(slowestMs, performance.now() - began - worksMs);
      setTimeout(() => patience.abort(), BODY_MS);
      return response;
    } catch (error) {
      if (!patience.signal.aborted || init.signal?.aborted) throw error;
      init.signal?.removeEventListener('abort', giveUp);
      onSilence();
      if (attempt === ATTEMPTS) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
};
