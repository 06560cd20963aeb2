import { Script } from 'node:vm';
import { VMScript } from 'vm2';

/** How traces name the body. */
export const SCRIPT_NAME = 'script.js';

/**
 * Compiles a body as a script, whose value is that of its last expression, or, when it has top-level `await` or `return`, as an
 * async function, whose value is what it returns. Lines and columns stay the body's own.
 * @throws SyntaxError whose stack shows the line.
 */
export const compileBody = (body: string): VMScript => {
  const text = body.replace(/^#!/, '//');
  const scriptError = errorIn(text);
  if (scriptError === null && !awaitsAtTopLevel(text)) return new VMScript(text, SCRIPT_NAME).compile();
  const asyncError = errorInBody('async function body() {', text, '}') ?? errorInBody('(async () => {', text, '})');
  if (asyncError === null) {
    const opening = '(async () => {';
    const options = { filename: SCRIPT_NAME, columnOffset: -opening.length };
    return new VMScript(`${opening}${text}\n})()`, options).compile();
  }
  if (scriptError === null) return new VMScript(text, SCRIPT_NAME).compile();
  throw /\bawait\b|Illegal return/.test(scriptError.message) ? asyncError : scriptError;
};

/**
 * Whether a body that compiles as a script means `await` as the operator: `await (x)` could also call a function of that name.
 * In a static block `await` is an error in either meaning, and strict code is all that it asks for besides.
 */
const awaitsAtTopLevel = (text: string): boolean =>
  /\bawait\b/.test(text) &&
  errorInBody('class Body { static {', text, '} }') !== null &&
  errorInBody('function body() { "use strict";', text, '}') === null;

/** A body that closes the bracket which opens it, and opens another, would have to fit two kinds of bracket to pass unseen. */
const errorInBody = (opening: string, text: string, closing: string): SyntaxError | null =>
  errorIn(`${opening}\n${text}\n${closing}`, -1);

const errorIn = (source: string, lineOffset = 0): SyntaxError | null => {
  try {
    new Script(source, { filename: SCRIPT_NAME, lineOffset });
    return null;
  } catch (error) {
    return error as SyntaxError;
  }
};
