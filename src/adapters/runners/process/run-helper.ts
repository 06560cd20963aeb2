export interface HelperOptions {
  /** The whole environment of the helper; that of this process when left out. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The helper is killed after this time. */
  readonly timeoutMs?: number;
  /** Aborted: the helper is killed. */
  readonly signal?: AbortSignal | undefined;
}

export interface HelperEnd {
  readonly stdout: string;
  /** Why the helper did not succeed, in one line for a person; null when it exited with 0. */
  readonly failure: string | null;
  readonly wasFound: boolean;
}

/**
 * Runs a helper program of the machine to its end, in the root folder and with nothing on stdin. Never rejects. The first call loads execa, so
 * that a start that needs no helper does not wait for it.
 */
export const runHelper = async (
  file: string,
  args: readonly string[],
  { environment, timeoutMs, signal }: HelperOptions = {},
): Promise<HelperEnd> => {
  const { execa } = await import('execa');
  const end = await execa(file, args, {
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    cleanup: false,
    killSignal: 'SIGKILL',
    verbose: 'none',
    ...(environment && { env: environment, extendEnv: false }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    ...(signal && { cancelSignal: signal }),
  });
  return { stdout: end.stdout, failure: end.failed ? explain(file, end) : null, wasFound: end.code !== 'ENOENT' };
};

interface Failure {
  readonly stderr: string;
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

const explain = (file: string, { stderr, code, exitCode, signal }: Failure): string => {
  const said = stderr.split('\n').find((line) => line.trim() !== '');
  if (said !== undefined) return said.trim();
  if (code === 'ENOENT') return `${file} was not found`;
  if (exitCode !== undefined) return `${file} ended with exit code ${exitCode}`;
  return `${file} ended with ${signal ?? code ?? 'an unknown error'}`;
};
