export interface Clock {
  /** The time of day, for timestamps only: an operator or NTP may set it, also back. */
  now(): Date;
  /** ms since some moment before the start; never set back. For durations, deadlines and rhythms. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted, and leaves no timer behind. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}
