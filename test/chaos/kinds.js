/** Commands that print secrets, and what of that is to be seen. */
const SECRET_FORMS = [
  ['echo "$TOKEN"', '***'],
  ['printf %s "$TOKEN" | base64 -w0; echo', '***'],
  [`printf '%q\\n' "$TOKEN"`, '***'],
  [`printf '%s\\n' "\${TOKEN//\\'/\\'\\'}"`, '***'],
  [
    `node -p '
      const { TOKEN, DOCUMENT } = process.env;
      const html = TOKEN.replace(/[&<>"\\x27]/g, (character) => "&#" + character.charCodeAt(0) + ";");
      const { password } = JSON.parse(DOCUMENT);
      [html, JSON.stringify(JSON.stringify(TOKEN)), password, encodeURIComponent(password)].join("\\n");'`,
    '***\n"\\"***\\""\n***\n***',
  ],
];

/**
 * The scripts that are run. Each records in a file of its run, outside of Runlet, that it began, as which process, and
 * just before its end its exit code. `stdout` and `stderr` answer what a run of it prints; `weight` is how often it is
 * started.
 */
export const KINDS = {
  quick: { weight: 20, script: 'echo "quick $RUNLET_RUN_ID"; bye 0', stdout: ({ id }) => `quick ${id}\n` },
  failing: {
    weight: 8,
    script: 'echo one; echo "failing $RUNLET_RUN_ID" >&2; bye 7',
    stdout: () => 'one\n',
    stderr: ({ id }) => `failing ${id}\n`,
  },
  flood: {
    weight: 6,
    script: 'for ((i = 1; i <= 2000; i++)); do echo "line $i of $RUNLET_RUN_ID"; done; bye 0',
    stdout: ({ id }) => numbered(2000, (i) => `line ${i} of ${id}\n`),
  },
  slow: {
    weight: 12,
    script: 'for i in {1..20}; do echo "step $i"; sleep 0.1; done; bye 0',
    stdout: () => numbered(20, (i) => `step ${i}\n`),
  },
  forking: {
    weight: 5,
    script: `sleep 30 & setsid sleep 30 >/dev/null 2>&1 &
(trap '' TERM; sleep 30 >/dev/null 2>&1) & echo forked; sleep 0.3; bye 0`,
    stdout: () => 'forked\n',
  },
  stubborn: {
    weight: 3,
    details: { timeoutMs: 1500 },
    script: `trap '' TERM; echo stubborn; while :; do sleep 0.2; done`,
    stdout: () => 'stubborn\n',
  },
  overdue: { weight: 3, details: { timeoutMs: 600 }, script: 'echo begun; sleep 600', stdout: () => 'begun\n' },
  lost: { weight: 2, details: { defaultWorkingDirectory: '/nowhere/to/be/found' }, script: 'bye 0', stdout: () => '' },
  node: {
    weight: 6,
    details: { type: 'node' },
    script: 'console.log("node " + id); console.error("to stderr"); bye(3);',
    stdout: ({ id }) => `node ${id}\n`,
    stderr: () => 'to stderr\n',
  },
  vm2: {
    weight: 6,
    details: { type: 'node', runner: 'vm2' },
    script: 'for (let i = 1; i <= 50; i++) console.log("value " + i); console.error("last"); return 42;',
    stdout: () => numbered(50, (i) => `value ${i}\n`),
    stderr: () => 'last\n',
  },
  endless: {
    weight: 1,
    details: { type: 'node', runner: 'vm2', timeoutMs: 700 },
    script: 'console.log("spinning"); for (;;);',
    stdout: () => 'spinning\n',
  },
  secret: {
    weight: 5,
    // Each form is recorded as it is, and printed, where Runlet has to mask all of it.
    script: `forms() { ${SECRET_FORMS.map(([command]) => command).join('; ')}; }; forms | tee -a "$out.printed"; bye 0`,
    stdout: () => SECRET_FORMS.map(([, masked]) => `${masked}\n`).join(''),
  },
  /** Saved again and again. A run keeps the name of its script, which says what the text of that revision prints. */
  edited: {
    weight: 6,
    name: 'Edition 0',
    script: 'echo "Edition 0"; bye 0',
    stdout: ({ meta }) => `${meta.script.name}\n`,
  },
};

export const editionOf = (number, folder) => ({
  name: `Edition ${number}`,
  script: bash(`echo "Edition ${number}"; bye 0`, folder),
  enabled: number % 6 !== 5,
});

/** A script as the API takes it. @param folder where it records what it does */
export const draftOf = (kind, folder, env) => {
  const { name = `The ${kind} one`, script, details = { type: 'bash' } } = KINDS[kind];
  const text = {
    'bash host': () => bash(script, folder),
    'node host': () => node(script, folder),
    'node vm2': () => script,
  };
  const { type = 'bash', runner = 'host' } = details;
  return { name, type, ...details, script: text[`${type} ${runner}`](), ...(kind === 'secret' && { env }) };
};

const bash = (script, folder) => `out=${folder}/$RUNLET_RUN_ID
read -r -a stat </proc/$$/stat
echo "began $$ \${stat[21]}" >>"$out"
bye() { echo "ends $1" >>"$out"; exit "$1"; }
${script}
`;

const node = (script, folder) => `const id = process.env.RUNLET_RUN_ID;
const tell = (line) => fs.appendFileSync('${folder}/' + id, line + '\\n');
tell('began ' + process.pid + ' ' + fs.readFileSync('/proc/self/stat', 'utf8').split(' ')[21]);
const bye = (code) => { tell('ends ' + code); process.exitCode = code; };
${script}
`;

const numbered = (count, line) => Array.from({ length: count }, (_, i) => line(i + 1)).join('');
