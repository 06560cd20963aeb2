import { MaskedStream } from './masked-stream.js';
import { makeSecretPatterns, type SecretPatterns } from './secret-patterns.js';

/** Replaces secrets by `***`, in every form in which they are likely to be printed. */
export class SecretMasker {
  readonly #patterns: SecretPatterns;

  constructor(secrets: readonly string[]) {
    this.#patterns = makeSecretPatterns(secrets);
  }

  /** For one stream of text that comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream(this.#patterns);
  }

  /** A text that is whole. */
  text(text: string): string {
    const stream = this.stream();
    return stream.push(text) + stream.end();
  }

  /** A JSON value: texts and names in it, and numbers whose digits are a secret. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.text(name), this.value(item)]));
    }
    const printed = String(value);
    const masked = this.text(printed);
    return masked === printed ? value : masked;
  }
}
