import type { ApiError } from './api-error.js';

/** What keeps every request of the page from succeeding. */
export type Problem =
  /** No answer comes: the server is stopped, or the network is down. */
  | 'lost'
  /** The login is missing or no longer right (401). */
  | 'login'
  /** This address is refused for a while (429). */
  | 'throttled'
  /** Answers come, but the server cannot work (5xx). */
  | 'server';

export interface Connection {
  readonly problem: Problem | null;
  readonly message: string;
}

/** One for the page. Every request tells it how it went; the shell shows what is wrong, whichever screen is open. */
class ConnectionState extends EventTarget {
  #present: Connection = FINE;

  get present(): Connection {
    return this.#present;
  }

  set(next: Connection): void {
    if (next.problem === this.#present.problem && next.message === this.#present.message) return;
    this.#present = next;
    this.dispatchEvent(new Event('change'));
  }
}

const FINE: Connection = { problem: null, message: '' };

export const connection = new ConnectionState();

/** @param error null when the request succeeded */
export const reportAnswer = (error: ApiError | null): void => {
  const problem = error && problemOf(error);
  connection.set(error && problem ? { problem, message: error.message } : FINE);
};

export const reportNoAnswer = (error: ApiError): void => connection.set({ problem: 'lost', message: error.message });

const problemOf = ({ status, code }: ApiError): Problem | null => {
  if (status === 401) return 'login';
  if (code === 'auth.throttled') return 'throttled';
  if (status >= 500 && code !== 'queue.full' && code !== 'request.busy') return 'server';
  return null;
};
