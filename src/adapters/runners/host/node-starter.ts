/**
 * What `node -e` is given instead of the script: it reads the script from descriptor 3 and runs it as `-e` would. It is text, since it
 * belongs to another process. Tried on Node 20, 22, 24 and 26.
 *
 * - libuv makes pipes non-blocking: what does not fit into one waits in memory for the event loop, and is lost when the process ends before
 *   that. So `process.stdout` and `process.stderr` write at once, and their pipes block. They are made when the script first asks for them.
 * - A body that compiles as a script is one: `-e` has set up `require`, `module` and the built-ins as globals.
 * - With `import` or `export` it is a module of the working directory, given to Node's own loader by hooks. `registerHooks` runs
 *   in this thread, Node 20 only has `register`, which starts one (40 ms).
 * - With `await` or `return` at the top it is the body of an async function, so that `await` and `require` work together.
 * - Anything else does not compile; with an `await` in it, only what reads it as a module knows the real error.
 *
 * `sourceURL` tells the starter's own frames from the script's in a stack.
 */
export const NODE_STARTER = String.raw`{
  const fs = require('node:fs');
  const vm = require('node:vm');
  const body = fs.readFileSync(3, 'utf8');
  fs.closeSync(3);

  const { writeSync } = fs;
  const writeAtOnce = (stream) => {
    const writeSome = (...data) => {
      try {
        return writeSync(stream.fd, ...data);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
        stream._handle.setBlocking(true); // A Node process that shares the pipe has undone it.
        return 0;
      }
    };
    const writeAll = (chunk, encoding) => {
      const isText = typeof chunk === 'string';
      const size = isText ? Buffer.byteLength(chunk, encoding) : chunk.length;
      let written = isText ? writeSome(chunk, null, encoding) : writeSome(chunk);
      if (written === size) return size;
      const bytes = isText ? Buffer.from(chunk, encoding) : chunk;
      while (written < size) written += writeSome(bytes.subarray(written));
      return size;
    };
    let bytesWritten = 0;
    stream._handle.setBlocking(true);
    stream._writev = null;
    stream._write = (chunk, encoding, done) => {
      try {
        bytesWritten += writeAll(chunk, encoding);
        done();
      } catch (error) {
        done(error);
      }
    };
    return Object.defineProperty(stream, 'bytesWritten', { get: () => bytesWritten });
  };

  for (const name of ['stdout', 'stderr']) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    let stream;
    const get = () => (stream ??= writeAtOnce(property.get.call(process)));
    Object.defineProperty(process, name, { ...property, get });
  }

  const compile = (code, lineOffset) => {
    const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    try {
      return { script: new vm.Script(code, { filename: '[eval]', lineOffset, importModuleDynamically }) };
    } catch (error) {
      return { error };
    }
  };

  // The first import() from a vm.Script warns that this is experimental, which the script's author has not asked for.
  const muteImportWarning = () => {
    const { emitWarning } = process;
    process.emitWarning = () => {};
    compile("import('node:fs')", 0).script.runInThisContext();
    process.emitWarning = emitWarning;
  };

  const run = (script) => {
    if (/\bimport\s*\(/.test(body)) muteImportWarning();
    return script.runInThisContext();
  };

  // As Node does for a module: 13 when there is nothing left to wait for, but not when process.exit() was called.
  const watch = (promise) => {
    let settled = false;
    let idle = false;
    const settle = () => (settled = true);
    promise.then(settle, (error) => {
      settle();
      throw error;
    });
    process.on('beforeExit', () => {
      idle = true;
      setImmediate(() => (idle = false)).unref();
    });
    process.on('exit', () => {
      if (settled || !idle || (process.exitCode ??= 13) !== 13) return;
      process.stderr.write('Warning: Detected unsettled top-level await\n');
    });
  };

  const runAsModule = () => {
    const nodeModule = require('node:module');
    const url = new URL('[eval1]', require('node:url').pathToFileURL(process.cwd() + '/')).href;
    const found = { url, format: 'module', shortCircuit: true };
    const loaded = { source: body, format: 'module', shortCircuit: true };
    for (const name of ['require', 'module', 'exports', '__filename', '__dirname']) delete globalThis[name];
    if (nodeModule.registerHooks) {
      nodeModule.registerHooks({
        resolve: (specifier, context, next) => (specifier === url ? found : next(specifier, context)),
        load: (from, context, next) => (from === url ? loaded : next(from, context)),
      });
    } else {
      const hooks =
        'let found, loaded;' +
        'export const initialize = (data) => { ({ found, loaded } = data); };' +
        'export const resolve = (specifier, context, next) => specifier === found.url ? found : next(specifier, context);' +
        'export const load = (from, context, next) => from === found.url ? loaded : next(from, context);' +
        '//# sourceURL=runlet:hooks';
      nodeModule.register('data:text/javascript,' + encodeURIComponent(hooks), { data: { found, loaded } });
    }
    watch(import(url));
  };

  const { script, error } = compile(body, 0);
  if (script) run(script);
  else if (/import statement|import\.meta|Unexpected token 'export'/.test(error.message)) runAsModule();
  else {
    const awaits = /\bawait\b/.test(body);
    if (!awaits && !/Illegal return/.test(error.message)) throw error;
    const wrapped = compile('(async () => {\n' + body.replace(/^#!/, '//') + '\n})', -1);
    if (wrapped.script) watch(run(wrapped.script)());
    else if (awaits) runAsModule();
    else throw wrapped.error;
  }
}
//# sourceURL=runlet:starter`;
