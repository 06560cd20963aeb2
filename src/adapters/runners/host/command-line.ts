import { findProgram } from '../process/find-program.js';
import type { Environment } from './environment.js';
import { NODE_STARTER } from './node-starter.js';
import { setTags } from './spawn/start-command.js';

/** How a body on descriptor 3 is run. Nothing of the script is in it, since everybody can read it. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  /** The same for a program that gives itself the tags before the script begins; undefined where it cannot. */
  argsWithTags?(rlimitTag: string, slackTag: string): readonly string[];
  /** The body as it has to be on descriptor 3. */
  body(script: string): string;
}

/**
 * As `bash -lc <script>`, which has no room for a script over 128 KiB and shows it in `ps`.
 * The file is looked for in the server's PATH, whatever the script's own says.
 * @param before what bash does between the profile and the body
 */
export const bashCommandLine = (environment: Environment, before = ''): CommandLine => ({
  file: findProgram('bash', environment.PATH ?? '') ?? 'bash',
  args: bashArguments(before),
  argsWithTags: (rlimitTag, slackTag) => bashArguments(`${setTags(rlimitTag, slackTag)}; `),
  body: bashBody,
});

const bashArguments = (before: string): readonly string[] => [
  '-lc',
  `${PROFILE}${before}${EVALUATE}`,
  'bash', // what the script has as $0, as if it had been started by that name
];

/** $(…) takes newlines off the end; a backslash there must keep the one it joins lines with. */
export const bashBody = (script: string): string => (/\\\n+$/.test(script) ? `${script} ` : script);

/** What a login shell reads, for one that must not be one at its end. The profile itself is told that it is. */
const PROFILE =
  'if ! shopt -q login_shell; then ' +
  'shopt() { [ "$*" = "-q login_shell" ] || builtin shopt "$@"; }; ' +
  '[ ! -r /etc/profile ] || . /etc/profile; ' +
  ['~/.bash_profile', '~/.bash_login', '~/.profile']
    .map((file) => `if [ -r ${file} ]; then . ${file}; `)
    .join('el')
    .concat('fi; unset -f shopt; fi; ');

/**
 * `-c` keeps its text in this variable, so the script finds its own there. Descriptor 3 is closed before the script begins, for good: it may
 * use the number itself.
 */
const EVALUATE = 'BASH_EXECUTION_STRING="$(</dev/fd/3)"; exec 3<&-; eval -- "$BASH_EXECUTION_STRING"';

/** As `node -e <script>`. */
export const nodeCommandLine = (): CommandLine => ({
  file: process.execPath,
  args: ['-e', NODE_STARTER],
  body: (script) => script,
});
