import type { Environment } from './environment.js';
import { findProgram } from '../process/find-program.js';
import { NODE_STARTER } from './node-starter.js';

/** How a body on descriptor 3 is run. Nothing of the script is in it, since everybody can read it. */
export interface CommandLine {
  readonly file: string;
  /** @param rlimitTag see `rlimitTagOf` */
  args(rlimitTag: string): readonly string[];
  /** The body as it has to be on descriptor 3. */
  body(script: string): string;
}

/**
 * As `bash -lc <script>`, which has no room for a script over 128 KiB and shows it in `ps`.
 * The file is looked for in the server's PATH, whatever the script's own says.
 */
export const bashCommandLine = (environment: Environment): CommandLine => ({
  file: findProgram('bash', environment.PATH ?? '') ?? 'bash',
  args: (rlimitTag) => bashArguments(rlimitTag),
  // $(…) takes newlines off the end; a backslash there must keep the one it joins lines with.
  body: (script) => (/\\\n+$/.test(script) ? `${script} ` : script),
});

/** @param before what bash does between the profile and the body */
export const bashArguments = (rlimitTag: string, before = ''): readonly string[] => [
  '-lc',
  `builtin ulimit -x ${rlimitTag} 2>/dev/null; ${before}eval "$(</dev/fd/3)" 3<&-`,
  'bash', // what the script has as $0, as if it had been started by that name
];

/** As `node -e <script>`. Where prlimit is installed, it sets the rlimit tag and becomes node. */
export const nodeCommandLine = (environment: Environment): CommandLine => {
  const prlimit = findProgram('prlimit', environment.PATH ?? '');
  const args = ['-e', NODE_STARTER];
  return {
    file: prlimit ?? process.execPath,
    args: (rlimitTag) => (prlimit === undefined ? args : [`--locks=${rlimitTag}`, '--', process.execPath, ...args]),
    body: (script) => script,
  };
};
