/**
 * What passes between Runlet and the process of a sandbox.
 *
 * stdin: the job as JSON, up to its end; nothing at all means that there is none. stdout and stderr: what the script prints.
 * Descriptor 3: `STARTED` just before the script runs, then at the end, when there is something to tell, the line `result`,
 * `too-large` or `unserializable` and after it the JSON, its size in bytes or the reason.
 */
export interface Job {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Size in bytes of the largest result. */
  readonly resultBytes: number;
}

export const STARTED = 'started\n';
