import { join } from 'node:path';
import { MACHINE_LOGOUT, PERSONAL_LOGOUT, REFUSED, explain, setTags } from '../spawn/start-command.js';
import { quote } from '../spawn/shell-quote.js';

/** Descriptors of a pre-started shell beyond those of any script. */
export const CONTROL = 4;
export const STATUS = 5;

/** What it says on its status pipe. What follows the last is the reason, as `explainReport` reads it. */
export const READY = 'r';
export const BEGUN = 'b';
export const OUT_OF_DATE = 'o';
export const NO_DIRECTORY = 'd';

/** What a login shell reads, and what decides whether it is one (`startCommand`). */
export const profileFiles = (home: string): readonly string[] => [
  ...MACHINE_WIDE,
  ...PERSONAL.map((name) => join(home, name)),
];

/** bash(1), INVOCATION, and what most distributions have these read. */
const MACHINE_WIDE = ['/etc/profile', '/etc/profile.d', '/etc/bash.bashrc', '/etc/bashrc', MACHINE_LOGOUT];
const PERSONAL = ['.bash_profile', '.bash_login', '.profile', '.bashrc', PERSONAL_LOGOUT];

/**
 * What a login shell does between its profile and its script: it waits for the run. From then on it carries the markers of the run, goes to
 * its directory and takes off every trace of having waited. Where the profile has gone elsewhere, that stays, as it does in `bash -lc`.
 *
 * It looks itself whether its profile is still the same, since only it may wait for a home that does not answer: the files it has open must
 * be those of their names, and none newer than descriptor 3.
 */
export const takeoverText = (profile: readonly string[]): string =>
  [
    // Prepared ahead of the run: one condition, and the descriptors to close.
    'RUNLET_SAME=true; RUNLET_CLOSE=',
    `for RUNLET_FILE in ${profile.map(quote).join(' ')}; do if [ -r "$RUNLET_FILE" ]; then` +
      ' exec {RUNLET_FD}<"$RUNLET_FILE"; RUNLET_CLOSE+=" $RUNLET_FD<&-";' +
      ' RUNLET_SAME+=" && ${RUNLET_FILE@Q} -ef /dev/fd/$RUNLET_FD && ! ${RUNLET_FILE@Q} -nt /dev/fd/3";' +
      ' else RUNLET_SAME+=" && ! -r ${RUNLET_FILE@Q}"; fi; done',
    `builtin printf ${READY} >&${STATUS}`,
    `builtin mapfile -td '' -n 6 -u ${CONTROL} RUNLET_TASK; [ "\${#RUNLET_TASK[@]}" = 6 ] || exec /bin/sh -c :`,
    'builtin eval "[[ $RUNLET_SAME ]]"' +
      ` || { builtin printf ${OUT_OF_DATE} >&${STATUS}; exec /bin/sh -c 'exit ${REFUSED}'; }`,
    `[ -z "\${RUNLET_TASK[4]}" ] || ! [ . -ef "\${RUNLET_TASK[3]}" ] || builtin cd -- "\${RUNLET_TASK[4]}" 2>/dev/null` +
      ` || { builtin printf ${NO_DIRECTORY} >&${STATUS};` +
      ` ${explain('"${RUNLET_TASK[4]}"')} >&${STATUS} 2>&${STATUS}; exec /bin/sh -c 'exit ${REFUSED}'; }`,
    `builtin printf ${BEGUN} >&${STATUS}; builtin eval "exec $RUNLET_CLOSE ${CONTROL}<&- ${STATUS}>&-"`,
    setTags('"${RUNLET_TASK[2]}"', '"${RUNLET_TASK[5]}"'),
    'builtin export RUNLET_RUN_ID="${RUNLET_TASK[0]}" RUNLET_RUN_COOKIE="${RUNLET_TASK[1]}"',
    'builtin unset RUNLET_TASK RUNLET_SAME RUNLET_CLOSE RUNLET_FILE RUNLET_FD OLDPWD; SECONDS=0; ',
  ].join('; ');
