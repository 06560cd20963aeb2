import type { ProcessIdentity } from '../../../../domain/run/script-run.js';
import { readBootId } from '../../process/process-table.js';
import { isServerAlive, isThisServer } from '../../process/server-process.js';
import { CgroupContainment } from './cgroup-containment.js';
import type { Contained, Containment, Containments, KnownProcess } from './containment.js';
import { findOwnCgroup } from './cgroup/find-own-cgroup.js';
import { GroupContainment } from './group-containment.js';
import { ProcContainment } from './proc-containment.js';
import { ProcessSearch } from './process-search.js';
import { RunCgroup, removeAbandonedCgroups } from './cgroup/run-cgroup.js';

export interface ContainmentOptions {
  /** The cgroup v2 folder below which each run gets its own, null for none; when left out the server's own, if it can be used. */
  readonly cgroupParent?: string | null;
}

/** The surest containment that this machine offers. The instances of one choice know each other's runs, those of two do not. */
export const chooseContainment = (options: ContainmentOptions = {}): Containments => {
  const bootId = readBootId();
  if (bootId === null) return PROCESS_GROUPS;
  const { cgroupParent = findOwnCgroup() } = options;
  return new LinuxContainments(bootId, cgroupParent);
};

class LinuxContainments implements Containments {
  readonly cgroupParent: string | null;
  readonly #bootId: string;
  /** Session leaders of all contained runs. The kernel does not reuse a pid while its session has members. */
  readonly #sessionLeaders = new Set<number>();

  constructor(bootId: string, cgroupParent: string | null) {
    this.#bootId = bootId;
    this.cgroupParent = cgroupParent;
  }

  get kind(): 'cgroup' | 'proc' {
    return this.cgroupParent === null ? 'proc' : 'cgroup';
  }

  enclose(contained: Contained): Containment {
    if (contained.startTime === null) return new GroupContainment(contained.pid);
    if (this.cgroupParent === null) return new ProcContainment(this.#search(contained, null));
    const cgroup = RunCgroup.named(this.cgroupParent, contained.name);
    const search = this.#search(contained, cgroup);
    return CgroupContainment.closeSoon(search, cgroup, contained);
  }

  encloseWaiting(contained: Contained): { containment: Containment; closed: Promise<void> } {
    if (this.cgroupParent === null || contained.startTime === null) {
      return { containment: this.enclose(contained), closed: Promise.resolve() };
    }
    const cgroup = RunCgroup.named(this.cgroupParent, contained.name);
    const closed = cgroup.enter(contained.pid);
    return { containment: CgroupContainment.closed(this.#search(contained, cgroup), cgroup), closed };
  }

  /** What an identity of another start of the machine names, or one without a start time, may by now be a stranger. */
  recover(identity: ProcessIdentity, known: readonly KnownProcess[] = []): Containment | null {
    if (identity.bootId !== this.#bootId || identity.startTime === null || mayBeAnothers(identity)) return null;
    const cgroup = identity.cgroup === null ? null : new RunCgroup(identity.cgroup);
    const search = new ProcessSearch({
      leader: identity.pid,
      since: Number(identity.startTime),
      cookie: identity.cookie,
      startedHere: false,
      mayBeOwnChild: identity.server !== undefined && isThisServer(identity.server),
      isRecent: false,
      known,
      cgroup,
      pipes: () => [],
      sessionLeaders: this.#sessionLeaders,
    });
    if (cgroup === null) return new ProcContainment(search);
    return CgroupContainment.closed(search, cgroup);
  }

  async tidy(): Promise<void> {
    if (this.cgroupParent !== null) await removeAbandonedCgroups(this.cgroupParent);
  }

  #search(contained: Contained, cgroup: RunCgroup | null): ProcessSearch {
    const { pid, startTime, cookie, pipes } = contained;
    return new ProcessSearch({
      leader: pid,
      since: startTime ?? 0,
      cookie,
      startedHere: true,
      mayBeOwnChild: true,
      isRecent: true,
      known: [],
      cgroup,
      pipes,
      sessionLeaders: this.#sessionLeaders,
    });
  }
}

/** Whether the server that started the processes lives, or may live: then they are its own. This process may end what it has started itself. */
const mayBeAnothers = ({ server }: ProcessIdentity): boolean =>
  server !== undefined && !isThisServer(server) && isServerAlive(server) !== false;

/** Without a Linux /proc no process can be told from another that gets its pid later. */
const PROCESS_GROUPS: Containments = {
  kind: 'process-group',
  cgroupParent: null,
  enclose: ({ pid }) => new GroupContainment(pid),
  encloseWaiting: ({ pid }) => ({ containment: new GroupContainment(pid), closed: Promise.resolve() }),
  recover: () => null,
  tidy: () => Promise.resolve(),
};
