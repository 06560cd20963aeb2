import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedDescriptors } from '../../../../src/adapters/runners/process/inherited-descriptors.js';
import { type HostForTests, openHost, openSpawnerHost, openWarmHost, runToEnd } from './host-for-tests.js';

const OPTIONS = { baseEnvironment: { PATH: process.env.PATH, LANG: 'C.UTF-8' } };

describe.each([
  ['started for it by execa', () => Promise.resolve(openHost(OPTIONS))],
  ['started for it by the spawner', () => Promise.resolve(openSpawnerHost(OPTIONS))],
  ['that was ready', () => openWarmHost(OPTIONS)],
])('a bash script is what it is for `bash -lc`, in a process %s', (_, open) => {
  let host: HostForTests;
  beforeAll(async () => {
    host = await open();
  });
  afterAll(() => host.close());

  const inBash = (script: string) => {
    const closed = inheritedDescriptors().map((fd) => `${fd}>&-`);
    const command = `exec ${closed.join(' ')}; exec bash -lc -- "$1" bash`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command, 'bash', script], {
      cwd: host.home,
      env: { ...OPTIONS.baseEnvironment, HOME: host.home },
      encoding: 'utf8',
      input: '',
    });
    return { exitCode: status, stdout, stderr };
  };
  const here = async (script: string) => {
    const { outcome, stdout, stderr } = await runToEnd(host.bash, script);
    return { exitCode: 'exitCode' in outcome ? outcome.exitCode : null, stdout, stderr };
  };

  it.each([
    ['a descriptor in a trap at the end', `exec 3>&1; trap 'echo bye >&3' EXIT`],
    ['a lock held by a trap at the end', `exec 3>lock; flock 3; trap 'flock -n lock true; echo $?' EXIT`],
    ['every single digit as a descriptor', 'for n in 3 4 5 6 7 8 9; do eval "exec $n>&1"; echo $n >&$n; done'],
    ['the descriptors it has', 'ls /proc/$$/fd; exec {fd}>/dev/null; echo $fd'],
    ['the descriptors it hands on', '(ls /proc/self/fd)'],
    ['a body that begins with an option', '-x foo'],
    ['a body that begins with the end of options', '-- foo'],
    ['line numbers', 'echo $LINENO\n\necho $LINENO; f() {\necho $LINENO ${BASH_LINENO[@]}; }\nf'],
    ['errors with their lines', 'echo a\nnope\nls /nope\necho ${x?gone}\necho no'],
    ['a trap for errors', "trap 'echo err $LINENO' ERR\ntrue\nfalse\n(exit 3)\nf() { false; }; f"],
    ['a trap for commands', "trap 'echo before $LINENO $BASH_COMMAND' DEBUG\necho a\nexit 2"],
    ['a trap for the end and its exit code', "trap 'echo $? $LINENO; exit 4' EXIT; exit 3"],
    ['a trap for returns', "trap 'echo returned' RETURN; set -T; f() { :; }; f"],
    ['errexit', 'set -e; trap "echo end" EXIT; false; echo no'],
    ['nounset', 'set -u; echo $nope; echo no'],
    ['sources and names', 'echo "${BASH_SOURCE[@]}" "$0" $# "$-" "$BASH_SUBSHELL" "$SHLVL"'],
    ['its own text', 'echo "$BASH_EXECUTION_STRING" # text'],
    ['return where it does not belong', 'echo a; return 3; echo b'],
    ['a login shell', 'shopt login_shell; shopt -q login_shell && echo yes'],
    ['a shell that it starts', 'bash -c "echo \\$0 \\$-; exit 6"; echo $?'],
    ['words of its own', 'set -- a b; echo "$@"; shift; echo $1'],
    ['input', 'read -r x; echo "$? [$x]"; cat'],
    ['jobs', 'sleep 0.1 & wait; echo $?; jobs'],
    ['aliases and options', 'shopt -s expand_aliases\nalias x="echo al"\nx; set -o | grep xtrace'],
    ['the exit code of the last command', 'true; (exit 9)'],
  ])('%s', async (__, script) => {
    expect(await here(script)).toEqual(inBash(script));
  });

  it('but the trace has one plus more, and a syntax error names eval', async () => {
    expect((await here('set -x; echo a')).stderr).toBe('++ echo a\n');
    expect(inBash('set -x; echo a').stderr).toBe('+ echo a\n');
    const own = await here('echo a\nif then');
    const real = inBash('echo a\nif then');
    expect(own).toEqual({ ...real, stderr: real.stderr.replaceAll('-c:', 'eval:') });
  });
});

describe.each([
  ['started for it by execa', (needs: object) => Promise.resolve(openHost(needs))],
  ['started for it by the spawner', (needs: object) => Promise.resolve(openSpawnerHost(needs))],
  ['that was ready', (needs: object) => openWarmHost(needs)],
])('a login shell that has something to do at its end, in a process %s', (_, open) => {
  let host: HostForTests;
  beforeAll(async () => {
    host = await open(OPTIONS);
    writeFileSync(
      join(host.home, '.bash_logout'),
      'echo logging out; echo and failing >&2; touch "$HOME/left"; false\n',
    );
    writeFileSync(join(host.home, '.bash_profile'), 'shopt -q login_shell && LOGIN=yes; f() { echo profile; }\n');
  });
  afterAll(() => host.close());

  it.each([
    ['set -e; exit 0', 0, ''],
    ['exit 7', 7, ''],
    ['set -e; trap "echo bye" EXIT; f; exit 3', 3, 'profile\nbye\n'],
    ['(exit 4); exit', 4, ''],
    ['false', 1, ''],
    ['echo "$LOGIN $LINENO $0 $# $-"; exit 0', 0, 'yes 1 bash 0 hBc\n'],
  ])('keeps that to itself: %s', async (script, exitCode, stdout) => {
    const run = await runToEnd(host.bash, script);
    expect(run).toMatchObject({ outcome: { kind: 'exited', exitCode }, stdout, stderr: '' });
  });
});
