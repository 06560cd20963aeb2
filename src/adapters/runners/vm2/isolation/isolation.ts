/**
 * The isolation of a sandbox's process: by kind, whether this machine offers it, as found out by trying. All of it is best effort: it is
 * reported and never called secure.
 */
export interface Isolation {
  /** Node's permission model: reads no files but its own program, starts no processes and no threads, loads no addons. */
  readonly permission: boolean;
  /** Limits of the kernel: memory, no files written, few descriptors, no core dumps. */
  readonly prlimit: boolean;
  /** No network: empty namespaces of its own for network, IPC and host name. Only as root. */
  readonly unshare: boolean;
  /** Never gains privileges, and dies with the server. */
  readonly setpriv: boolean;
  /** Runs as nobody instead of root. */
  readonly nobody: boolean;
  /** Gives way to the server on a busy machine. */
  readonly nice: boolean;
}

export const NO_ISOLATION: Isolation = {
  permission: false,
  prlimit: false,
  unshare: false,
  setpriv: false,
  nobody: false,
  nice: false,
};
