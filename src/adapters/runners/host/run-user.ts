/** Another user to run scripts as; only a server that is root can. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All of its groups, `gid` among them or not. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
  readonly tools: UserTools;
}

/** What becomes it: programs of the machine, by absolute path. */
export interface UserTools {
  /** Of util-linux. */
  readonly setpriv: string;
  readonly bash: string;
}
