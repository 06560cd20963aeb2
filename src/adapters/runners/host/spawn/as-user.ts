import type { RunUser } from '../run-user.js';

/**
 * Does something with the rights of another user in the file system, as the kernel sees them: access lists and network disks too. Only root
 * can; the whole process has these rights meanwhile, so that nothing else may go on in it.
 */
export const asUser = <T>({ uid, gid, groups }: RunUser, act: () => T): T => {
  const { getgroups, getegid, geteuid, setgroups, setegid, seteuid } = process as Required<NodeJS.Process>;
  const own = { groups: getgroups(), gid: getegid(), uid: geteuid() };
  try {
    setgroups([...groups]);
    setegid(gid);
    seteuid(uid);
    return act();
  } finally {
    seteuid(own.uid);
    setegid(own.gid);
    setgroups(own.groups);
  }
};
