/** What the process of a sandbox does for it. Strings go out, and nothing comes back. */
export interface Outside {
  /** @param fd 1 or 2. */
  readonly write: (fd: number, text: string) => void;
  /** The script has come to its end. After `failed` nothing runs any more. */
  readonly end: (kind: Ending['kind'], text: string) => void;
}

/** `result` comes with JSON, `unserializable` with the reason why there is none, the others with an empty text. */
export interface Ending {
  readonly kind: 'nothing' | 'result' | 'unserializable' | 'failed';
  readonly text: string;
}

/** What the process asks of the sandbox. */
export interface Realm {
  /** @param json an object of strings. */
  readonly provideEnv: (json: string) => void;
  /** Takes the value of the script, awaits it and ends with it. */
  readonly settle: (value: unknown) => void;
  /** Ends with what was thrown. */
  readonly fail: (thrown: unknown) => void;
  /** Throws `fail` into the void, so that the process gets it as it is. */
  readonly handOver: () => void;
}

/**
 * Makes a bare sandbox the world of a script: a console, traces of its own lines, nothing of Node.
 * It runs inside the sandbox, sent there as source text: it must not refer to anything outside itself.
 */
export const makeRealm = (outside: Outside, inspect: (value: unknown) => string, script: string): Realm => {
  'use strict';
  const { write, end } = outside;
  const { parse, stringify } = JSON;
  const { assign, create, freeze } = Object;
  const { defineProperty, deleteProperty } = Reflect;
  const ABSENT =
    /^(require|module|exports|process|Buffer|set(Timeout|Interval|Immediate)|queueMicrotask|fetch|URL|TextEncoder|TextDecoder|crypto|structuredClone|performance|WebAssembly|__dirname|__filename) is not defined$|^Dynamic Import not supported$/;
  const HINT =
    'A vm2 script is plain JavaScript: it has no modules, no timers and nothing of Node. A script of type node with the runner host has them.\n';

  const say = (fd: number, values: readonly unknown[]): void => {
    write(fd, `${values.map((value) => inspect(value)).join(' ')}\n`);
  };

  const fail = (reason: unknown): void => {
    const thrown = ofThisRealm(reason);
    write(2, `Uncaught ${typeof thrown === 'string' ? stringify(thrown) : inspect(thrown)}\n`);
    if (thrown instanceof Error && ABSENT.test(thrown.message)) write(2, HINT);
    end('failed', '');
  };

  /** Node hands over a rejection as it is. vm2 rewrites every `catch` of a sandbox to take out what is of another realm. */
  const ofThisRealm = (reason: unknown): unknown => {
    try {
      throw reason;
    } catch (caught) {
      return caught;
    }
  };

  const settle = async (value: unknown): Promise<void> => {
    let result: unknown;
    try {
      result = await value;
    } catch (thrown) {
      fail(thrown);
      return;
    }
    if (result === undefined) {
      end('nothing', '');
      return;
    }
    try {
      const json = stringify(result) as string | undefined;
      if (json === undefined) end('unserializable', `a ${typeof result} is no JSON`);
      else end('result', json);
    } catch (thrown) {
      end('unserializable', inspect(thrown).split('\n', 1).join(''));
    }
  };

  /** Frames of the script alone: those of vm2 and of the process would only confuse. */
  const trace = (error: unknown, sites: readonly NodeJS.CallSite[]): string => {
    let lines = headOf(error);
    for (const site of sites) {
      if (site.getFileName() !== script) continue;
      const place = `${script}:${site.getLineNumber()}:${site.getColumnNumber()}`;
      const name = site.getFunctionName();
      const kind = site.isConstructor() ? 'new ' : site.isAsync() ? 'async ' : '';
      lines += `\n    at ${name === null ? place : `${kind}${name} (${place})`}`;
    }
    return lines;
  };

  const headOf = (error: unknown): string => {
    try {
      return Error.prototype.toString.call(error);
    } catch {
      return 'Error';
    }
  };

  const offer = (name: string, value: unknown): void => {
    defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  };

  for (const name of ['Buffer', 'GLOBAL', 'root', 'VMError', 'WebAssembly']) deleteProperty(globalThis, name);
  Error.prepareStackTrace = trace;
  offer('console', {
    log: (...values: unknown[]) => say(1, values),
    info: (...values: unknown[]) => say(1, values),
    debug: (...values: unknown[]) => say(1, values),
    warn: (...values: unknown[]) => say(2, values),
    error: (...values: unknown[]) => say(2, values),
  });

  return {
    provideEnv: (json) => offer('env', freeze(assign(create(null) as object, parse(json)))),
    settle: (value) => void settle(value),
    fail,
    handOver: () =>
      void (async () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- the one way out that no proxy wraps
        throw fail;
      })(),
  };
};
