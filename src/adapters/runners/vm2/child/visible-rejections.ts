/**
 * Lets Node tell which rejections of a script nobody handles. vm2 3.12 gives every promise that a sandbox makes a handler that swallows
 * (`localPromiseSwallow` in its setup-sandbox.js), so that an embedder which ignores `unhandledRejection` is not ended by it; the program of
 * a sandbox has a handler of its own, and a script with an unhandled rejection has to fail, as it does in Node.
 *
 * vm2 takes `then` from a context that it has just made. So each new context gets a `then`, made of code of its own realm, that leaves
 * out this one handler. vm2 hides that `then` from the script behind its own as it does with the built-in one. Imported before vm2 is.
 */
import vm, { type Context } from 'node:vm';

const LEAVE_OUT_SWALLOWING = `(() => {
  'use strict';
  const { then } = Promise.prototype;
  const { apply } = Reflect;
  Object.defineProperty(Promise.prototype, 'then', {
    value(onFulfilled, onRejected) {
      if (onFulfilled === undefined && typeof onRejected === 'function' && onRejected.name === 'localPromiseSwallow') return this;
      return apply(then, this, [onFulfilled, onRejected]);
    },
    writable: true,
    enumerable: false,
    configurable: true,
  });
})()`;

const { createContext } = vm;

vm.createContext = (...args: Parameters<typeof createContext>): Context => {
  const context = createContext(...args);
  vm.runInContext(LEAVE_OUT_SWALLOWING, context);
  return context;
};
