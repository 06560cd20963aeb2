/** The program of a sandbox: makes one ready, waits for one job, runs it and ends. */
import { readFileSync, writeSync } from 'node:fs';
import './visible-rejections.js'; // before vm2
import { VM } from 'vm2';
import { makeInspect } from './sandbox-inspect.js';
import { STARTED, type Job } from './sandbox-protocol.js';
import { makeRealm, type Ending, type Outside, type Realm } from './sandbox-realm.js';
import { compileBody, SCRIPT_NAME } from './script-form.js';

process.on('SIGUSR1', () => undefined); // Node opens its inspector otherwise
// Where Node has no flag for it.
Reflect.deleteProperty(globalThis, 'WebAssembly');

/** As Node itself answers a top-level await that never settles. */
const NEVER_SETTLED = 13;

let job: Job | null = null;
let ending: Ending | null = null;

const outside: Outside = {
  write: (fd, text) => {
    if (job && (fd === 1 || fd === 2)) writeAll(fd, text);
  },
  end: (kind, text) => {
    ending = { kind, text };
    if (kind === 'failed') process.exit(1);
  },
};

const main = async (): Promise<void> => {
  const vm = new VM({ eval: false, wasm: false });
  const open = vm.run(
    `(outside) => (${String(makeRealm)})(outside, (${String(makeInspect)})(), '${SCRIPT_NAME}')`,
  ) as OpenRealm;
  const realm = open(outside);
  await failOnUnhandledRejections(realm);
  await rehearse(vm, realm);
  process.on('exit', conclude);

  job = readJob();
  if (!job) return;
  realm.provideEnv(JSON.stringify(job.env));
  writeAll(3, STARTED);
  run(vm, realm, job.script);
};

type OpenRealm = (outside: Outside) => Realm;

/**
 * Node hands over a rejection as the object of the sandbox that it is, past vm2's proxies. Only a function of the sandbox may
 * look into it, and that one comes out the same way.
 */
const failOnUnhandledRejections = async (realm: Realm): Promise<void> => {
  const fail = await new Promise<Realm['fail']>((resolve) => {
    process.once('unhandledRejection', (thrown) => resolve(thrown as Realm['fail']));
    realm.handOver();
  });
  process.on('unhandledRejection', (reason) => fail(reason));
};

/** Takes the way of a job once, so that the code on it is compiled before there is one. Nothing of it gets out. */
const rehearse = async (vm: VM, realm: Realm): Promise<void> => {
  writeSync(1, '');
  for (const body of ['console.log(0)', 'try { await console.log(env) } catch (e) { e }']) {
    realm.provideEnv(JSON.stringify({}));
    run(vm, realm, body);
    await new Promise((resolve) => setImmediate(resolve));
  }
  ending = null;
};

const readJob = (): Job | null => {
  const text = readFileSync(0, 'utf8');
  return text === '' ? null : (JSON.parse(text) as Job);
};

const run = (vm: VM, { settle, fail }: Realm, body: string): void => {
  let script;
  try {
    script = compileBody(body);
  } catch (error) {
    writeAll(2, `${withoutFrames((error as Error).stack ?? '')}\n`);
    outside.end('failed', '');
    return;
  }
  try {
    settle(vm.run(script));
  } catch (thrown) {
    fail(thrown);
  }
};

/** Nothing is left to do, or the script has failed. */
const conclude = (): void => {
  if (!job) return;
  if (!ending) {
    writeAll(2, 'The promise that the script ended with was never settled, and nothing was left to wait for.\n');
    process.exitCode = NEVER_SETTLED;
  } else if (ending.kind === 'result' || ending.kind === 'unserializable') writeAll(3, record(ending, job.resultBytes));
};

const record = ({ kind, text }: Ending, resultBytes: number): string => {
  const bytes = Buffer.byteLength(text);
  return kind === 'result' && bytes > resultBytes ? `too-large\n${bytes}` : `${kind}\n${text}`;
};

const withoutFrames = (stack: string): string => stack.split('\n    at ', 1).join('');

const writeAll = (fd: number, text: string): void => {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(1); // nobody reads any more
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
};

await main();
