/**
 * Makes the formatter of the sandbox's console: something like Node's `inspect`. A string comes out as it is, getters are not called,
 * and a value that throws when it is looked at is said to.
 *
 * It runs inside the sandbox, sent there as source text: it must not refer to anything outside itself. A script that changes
 * what the language offers garbles its own console, and no other.
 */
export const makeInspect = (): ((value: unknown) => string) => {
  'use strict';
  const DEPTH = 4;
  const ENTRIES = 100;
  const VALUES = 5000;
  const LINE = 76;
  const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

  let left = 0;
  let above: object[] = [];

  const show = (value: unknown, depth: number): string => {
    left--;
    if (typeof value === 'string') return quote(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    if (typeof value === 'function') return showFunction(value);
    if (typeof value !== 'object' || value === null) return String(value);
    if (above.includes(value)) return '[Circular]';
    above.push(value);
    try {
      return showObject(value, depth);
    } catch {
      return '[throws when looked at]';
    } finally {
      above.pop();
    }
  };

  const showObject = (value: object, depth: number): string => {
    if (value instanceof Error) return showError(value, depth);
    if (value instanceof RegExp) return RegExp.prototype.toString.call(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    const name = nameOf(value);
    if (depth > DEPTH || left < 0) return Array.isArray(value) ? '[Array]' : `[${name === '' ? 'Object' : name}]`;
    if (Array.isArray(value))
      return group(name === 'Array' ? '' : `${name}(${value.length}) `, '[', showItems(value, depth), ']');
    if (value instanceof Map) return group(`${name}(${value.size}) `, '{', showEntries(value, depth), '}');
    if (value instanceof Set) return group(`${name}(${value.size}) `, '{', showMembers(value, depth), '}');
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const items = value as Uint8Array;
      return group(`${name}(${items.length}) `, '[', showItems(items, depth), ']');
    }
    const prefix = name === 'Object' ? '' : name === '' ? '[Object: null prototype] ' : `${name} `;
    return group(prefix, '{', showProperties(value, depth, visibleKeys(value)), '}');
  };

  const showFunction = (value: object): string => {
    const name = getOwnPropertyDescriptor(value, 'name')?.value as unknown;
    const kind = getOwnPropertyDescriptor(value, 'prototype')?.writable === false ? 'class' : 'Function:';
    return `[${kind} ${typeof name === 'string' && name !== '' ? name : '(anonymous)'}]`;
  };

  const showError = (error: Error, depth: number): string => {
    const { stack } = error;
    const head = typeof stack === 'string' && stack !== '' ? withMessage(error, stack) : `[${String(error)}]`;
    const more = ['cause', 'errors'].filter((key) => getOwnPropertyDescriptor(error, key)?.value !== undefined);
    const keys = [...new Set([...visibleKeys(error), ...more])].filter((key) => key !== 'stack' && key !== 'message');
    if (keys.length === 0 || depth > DEPTH || left < 0) return head;
    return group(`${head} `, '{', showProperties(error, depth, keys), '}');
  };

  /** V8's stacks begin with what the error says; those of Firefox and Safari are its frames alone. */
  const withMessage = (error: Error, stack: string): string => {
    if (stack.startsWith(String(error)) || !/^[^\n]*@[^\n]*:\d+:\d+(\n|$)/.test(stack)) return stack;
    const frames = stack.split('\n').filter((line) => line !== '');
    return [String(error), ...frames.map((frame) => `    at ${frame}`)].join('\n');
  };

  const showItems = (items: ArrayLike<unknown>, depth: number): string[] => {
    const shown: string[] = [];
    let i = 0;
    while (i < items.length && shown.length < ENTRIES) {
      const hole = i;
      while (i < items.length && i - hole < ENTRIES && !(i in items)) i++;
      if (i > hole) shown.push(`<${i - hole} empty>`);
      else shown.push(show(items[i++], depth + 1));
    }
    if (i < items.length) shown.push(`... ${items.length - i} more`);
    return shown;
  };

  const showEntries = (map: ReadonlyMap<unknown, unknown>, depth: number): string[] =>
    collect((add) => map.forEach((value, key) => add(() => `${show(key, depth + 1)} => ${show(value, depth + 1)}`)));

  const showMembers = (set: ReadonlySet<unknown>, depth: number): string[] =>
    collect((add) => set.forEach((value) => add(() => show(value, depth + 1))));

  const collect = (walk: (add: (make: () => string) => void) => void): string[] => {
    const shown: string[] = [];
    let more = 0;
    walk((make) => {
      if (shown.length < ENTRIES) shown.push(make());
      else more++;
    });
    if (more > 0) shown.push(`... ${more} more`);
    return shown;
  };

  const showProperties = (value: object, depth: number, keys: readonly PropertyKey[]): string[] => {
    const shown = keys.slice(0, ENTRIES).map((key) => {
      const property = getOwnPropertyDescriptor(value, key) ?? {};
      return `${nameOfKey(key)}: ${'value' in property ? show(property.value, depth + 1) : accessor(property)}`;
    });
    if (keys.length > ENTRIES) shown.push(`... ${keys.length - ENTRIES} more`);
    return shown;
  };

  const visibleKeys = (value: object): PropertyKey[] =>
    ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable);

  const nameOfKey = (key: PropertyKey): string => {
    if (typeof key === 'symbol') return `[${String(key)}]`;
    return /^[A-Za-z_$][\w$]*$/.test(String(key)) ? String(key) : quote(String(key));
  };

  const accessor = (property: PropertyDescriptor): string =>
    property.get ? (property.set ? '[Getter/Setter]' : '[Getter]') : '[Setter]';

  const group = (prefix: string, open: string, shown: readonly string[], close: string): string => {
    if (shown.length === 0) return `${prefix}${open}${close}`;
    const line = shown.join(', ');
    if (line.length <= LINE && !line.includes('\n')) return `${prefix}${open} ${line} ${close}`;
    return `${prefix}${open}\n  ${shown.join(',\n').replaceAll('\n', '\n  ')}\n${close}`;
  };

  /** Name of what made it, found without calling anything; empty for an object without a prototype. */
  const nameOf = (value: object): string => {
    for (let at: object | null = value; at !== null; at = getPrototypeOf(at)) {
      const maker = getOwnPropertyDescriptor(at, 'constructor')?.value as unknown;
      const name = typeof maker === 'function' && (getOwnPropertyDescriptor(maker, 'name')?.value as unknown);
      if (typeof name === 'string' && name !== '') return name;
    }
    return '';
  };

  const quote = (value: string): string => {
    const escaped = value.replace(/[\\\n\r\t]/g, (c) =>
      c === '\n' ? '\\n' : c === '\r' ? '\\r' : c === '\t' ? '\\t' : '\\\\',
    );
    return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
  };

  return (value) => {
    if (typeof value === 'string') return value;
    left = VALUES;
    above = [];
    return show(value, 1);
  };
};
