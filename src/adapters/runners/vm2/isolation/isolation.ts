/**
 * What the machine lets Runlet put around the process of a sandbox, each found out by trying it. All of it is best effort: to be
 * reported, never to be called secure.
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
  /** Runs as nobody instead of root, or as `sandboxUser` says. */
  readonly nobody: boolean;
  /** Gives way to the server on a busy machine. */
  readonly nice: boolean;
}

/** Each kind in words, for admins. */
const IN_WORDS: Readonly<Record<keyof Isolation, string>> = {
  permission: "Node's permission model",
  prlimit: 'limits of the kernel (prlimit of util-linux)',
  unshare: 'a network namespace of its own (unshare of util-linux, as root)',
  setpriv: 'no new privileges, and an end with the server (setpriv of util-linux)',
  nobody: 'the user nobody (setpriv of util-linux, as root)',
  nice: 'a lower priority (nice)',
};

/** What is missing, in words. */
export const missingIsolation = (isolation: Isolation): string[] =>
  (Object.keys(IN_WORDS) as (keyof Isolation)[]).filter((kind) => !isolation[kind]).map((kind) => IN_WORDS[kind]);

export const NO_ISOLATION: Isolation = {
  permission: false,
  prlimit: false,
  unshare: false,
  setpriv: false,
  nobody: false,
  nice: false,
};

/** How this machine and this version of Node let a sandbox be started. */
export interface SandboxSetup {
  readonly isolation: Isolation;
  /** Those of Node's flags that make a sandbox stricter and that this version of Node has. */
  readonly nodeFlags: readonly string[];
  /** Limit of the memory that the process may reserve, MiB, where `isolation.prlimit` holds. */
  readonly dataMb: number;
}
