// Baseline: a Node process that has loaded vm2 and run something once, and then runs the one body that comes on stdin.
import { readFileSync, writeSync } from 'node:fs';
import { VM } from 'vm2';

const vm = new VM({ sandbox: { print: (text) => writeSync(1, text) } });
vm.run('void 0');
vm.run(readFileSync(0, 'utf8'));
