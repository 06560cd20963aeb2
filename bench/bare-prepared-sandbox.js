// Baseline: as bare-sandbox.js, and prepared as far as can be: it has run something, and its pipes are read and written without libuv.
import { readFileSync, writeSync } from 'node:fs';
import { VM } from 'vm2';

const vm = new VM({ sandbox: { print: (text) => writeSync(1, text) } });
vm.run('void 0');
vm.run(readFileSync(0, 'utf8'));
