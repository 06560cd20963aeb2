// Baseline: a Node process that has loaded vm2 and made a sandbox, and runs the one body that comes as a message.
import { VM } from 'vm2';

const vm = new VM({ sandbox: { print: (text) => process.stdout.write(text) } });
process.once('message', (body) => {
  vm.run(body);
  process.disconnect();
});
