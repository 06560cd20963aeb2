/** How long a home where nobody could go is not tried again. */
const MISSING_MS = 1000;

/**
 * Where scripts run that name no working directory: the home of their user, or `/` while nobody can go there, as login(1) does it. Only a
 * script's own process goes there and finds out: a home may be on a file system that does not answer.
 */
export class Home {
  readonly #path: string;
  #missing: { readonly why: string; readonly until: number } | null = null;

  /** @param path empty: the user has none */
  constructor(path: string) {
    this.#path = path;
    if (path === '') this.#missing = { why: 'the user of the scripts has no home', until: Infinity };
  }

  get directory(): string {
    return this.whyMissing === null ? this.#path : '/';
  }

  /** Why scripts run in `/` now, for a person; null where they run in the home. */
  get whyMissing(): string | null {
    if (this.#missing && this.#missing.until < performance.now()) this.#missing = null;
    return this.#missing?.why ?? null;
  }

  /** A process could not go there. @param message what it was told of its working directory. @returns `whyMissing` from now on */
  foundMissing(message: string): string {
    const why = message.replace('the working directory', 'the home');
    this.#missing = { why, until: performance.now() + MISSING_MS };
    return why;
  }
}
