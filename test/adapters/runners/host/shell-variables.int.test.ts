import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Home } from '../../../../src/adapters/runners/host/home.js';
import { chooseContainment } from '../../../../src/adapters/runners/host/containment/choose-containment.js';
import { findRunUser } from '../../../../src/adapters/runners/host/find-run-user.js';
import { shellVariableIssues } from '../../../../src/domain/script/shell-variables.js';
import { describeAsRoot } from '../../../support/root.js';
import { type HostForTests, openHost, openSpawner, runToEnd } from './host-for-tests.js';

/** All variables of bash(1), "Shell Variables", those it exports to readline included, and what dash has beside them. */
const NAMES =
  `_ BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_COMPAT BASH_ENV
  BASH_EXECUTION_STRING BASH_LINENO BASH_LOADABLES_PATH BASH_MONOSECONDS BASH_REMATCH BASH_SOURCE BASH_SUBSHELL BASH_TRAPSIG
  BASH_VERSINFO BASH_VERSION BASH_XTRACEFD CDPATH CHILD_MAX COLUMNS COMP_CWORD COMP_KEY COMP_LINE COMP_POINT COMP_TYPE
  COMP_WORDBREAKS COMP_WORDS COMPREPLY COPROC DIRSTACK EMACS ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FCEDIT FIGNORE
  FUNCNAME FUNCNEST GLOBIGNORE GLOBSORT GROUPS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE HISTSIZE
  HISTTIMEFORMAT HOME HOSTFILE HOSTNAME HOSTTYPE IFS IGNOREEOF INPUTRC INSIDE_EMACS LANG LC_ALL LC_COLLATE LC_CTYPE
  LC_MESSAGES LC_NUMERIC LC_TIME LINENO LINES MACHTYPE MAIL MAILCHECK MAILPATH MAPFILE OLDPWD OPTARG OPTERR OPTIND OSTYPE
  PIPESTATUS POSIXLY_CORRECT PPID PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 PWD RANDOM READLINE_ARGUMENT
  READLINE_LINE READLINE_MARK READLINE_POINT REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM TIMEFORMAT TMOUT TMPDIR UID USER
  LOGNAME TERM auto_resume histchars ATTY`.split(/\s+/);

/** Where another value would be an error of its own. */
const VALUES: Readonly<Record<string, string>> = {
  ...{ BASH_COMPAT: '5.1', BASH_XTRACEFD: '2', LANG: 'C', LC_ALL: 'C', LC_COLLATE: 'C', LC_CTYPE: 'C' },
  ...{ LC_MESSAGES: 'C', LC_NUMERIC: 'C', LC_TIME: 'C' },
};
const valueOf = (name: string): string => VALUES[name] ?? '17';

const open: HostForTests[] = [];
afterAll(async () => {
  for (const host of open) await host.close();
});

const openWith = (needs: Parameters<typeof openHost>[0]): HostForTests => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'shell-variables-')));
  chmodSync(home, 0o755);
  const user = needs?.user && { ...needs.user, home };
  const baseEnvironment = { PATH: process.env.PATH };
  const host = openHost({ ...needs, ...(user && { user }), home: new Home(home), baseEnvironment }, home);
  open.push(host);
  return host;
};

const spawned = () => {
  const containments = chooseContainment();
  return { containments, starter: openSpawner(containments) };
};

/** The names whose value a script, or what it starts, did not get as it was given, with what they got. */
const lostOf = async (host: HostForTests): Promise<string[]> => {
  const names = NAMES.filter((key) => shellVariableIssues([{ key }]).length === 0);
  const lost: string[] = [];
  while (names.length > 0)
    lost.push(...(await Promise.all(names.splice(0, 8).map((name) => lossOf(host, name)))).flat());
  return lost;
};

const lossOf = async ({ bash, node }: HostForTests, name: string): Promise<string[]> => {
  const env = [{ key: name, value: valueOf(name) }];
  const inBash = await runToEnd(bash, `printf '%s\\n' "\${${name}-}"; /usr/bin/printenv ${name}`, { env });
  const inNode = await runToEnd(node, `console.log(process.env.${name})`, { env });
  const line = `${valueOf(name)}\n`;
  const got = [inBash.stdout + inBash.stderr, inNode.stdout + inNode.stderr];
  return got[0] === line + line && got[1] === line ? [] : [`${name}: ${JSON.stringify(got)}`];
};

describe('a variable that bash knows and that is not refused', () => {
  it('reaches a script and what it starts as it was given, through the spawner', async () => {
    expect(await lostOf(openWith(spawned()))).toEqual([]);
  });

  it('does so without a spawner', async () => {
    expect(await lostOf(openWith({}))).toEqual([]);
  });
});

describeAsRoot('a variable that bash knows and that is not refused, for another user', () => {
  it('reaches a script and what it starts as it was given', async () => {
    expect(await lostOf(openWith({ ...spawned(), user: await findRunUser('nobody', process.env.PATH ?? '') }))).toEqual(
      [],
    );
  });
});
