import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../../domain/limits.js';
import type { GivenEnvEntry } from '../../domain/script/env-entry.js';
import type { ScriptFields } from '../../domain/script/script.js';
import { SCRIPT_FIELDS, type NewScript, type ScriptChanges } from './contract/scripts.js';
import { invalidRequest } from './request-input.js';

/** The fields that a body gives, its script plain. @throws HttpError `request.invalid` naming `script` when it is not what its format says */
export const givenScriptFields = (body: NewScript | ScriptChanges): Partial<ScriptFields<GivenEnvEntry>> => {
  const fields = Object.fromEntries(
    SCRIPT_FIELDS.filter((field) => body[field] !== undefined).map((field) => [field, body[field]]),
  ) as Partial<ScriptFields<GivenEnvEntry>>;
  const encoded = body.scriptFormat === 'base64' && fields.script !== undefined;
  return encoded ? { ...fields, script: decode(fields.script) } : fields;
};

/** With white space in it, as encoders break lines; what is longer has too many bytes. */
const ENCODED_LENGTH = 2 * LIMITS.scriptBytes;

const decode = (text: string): string => {
  if (text.length > ENCODED_LENGTH) {
    const message = `must have at most ${LIMITS.scriptBytes} bytes once it is decoded`;
    throw invalidRequest([{ path: 'script', message }]);
  }
  const bytes = Buffer.from(text, 'base64');
  if (withoutPadding(bytes.toString('base64')) !== withoutPadding(text.replace(/[\r\n]/g, ''))) {
    throw invalidRequest([{ path: 'script', message: 'must be base64, as scriptFormat says' }]);
  }
  if (!isUtf8(bytes)) throw invalidRequest([{ path: 'script', message: 'must be UTF-8 once it is decoded' }]);
  return bytes.toString();
};

const withoutPadding = (base64: string): string => base64.replace(/={1,2}$/, '');
