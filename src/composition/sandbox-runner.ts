import { findProgram } from '../adapters/runners/process/find-program.js';
import type { RunUser } from '../adapters/runners/host/run-user.js';
import { probeIsolation } from '../adapters/runners/vm2/isolation/probe-isolation.js';
import { sandboxUser } from '../adapters/runners/vm2/isolation/sandbox-user.js';
import { makeVm2Runner } from '../adapters/runners/vm2/vm2-runner.js';

const WARM_SANDBOXES = 2;
const SANDBOX_HEAP_MB = 128;
const SANDBOX_MEMORY_MB = 384;

/**
 * The runner of vm2 scripts.
 * @param childFile path of the compiled `sandbox-child.js`
 * @param user whom host scripts run as, which sandboxes never do
 * @param path where programs are looked for, as in PATH
 */
export const makeSandboxRunner = (childFile: string, user: RunUser | undefined, path: string) =>
  makeVm2Runner({
    childFile,
    heapMb: SANDBOX_HEAP_MB,
    memoryMb: SANDBOX_MEMORY_MB,
    user: sandboxUser(user?.uid),
    bash: findProgram('bash', path),
    poolSize: WARM_SANDBOXES,
    findSetup: probeIsolation,
  });
