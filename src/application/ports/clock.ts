export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted, and leaves no timer behind. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}
