/** Every limit of Runlet that a caller can meet. Sizes in bytes of UTF-8, times in ms, lengths in code points. */
export const LIMITS = {
  nameLength: 120,
  codeIdentifierLength: 64,
  descriptionLength: 10_000,
  scriptBytes: 1024 * 1024,
  workingDirectoryLength: 4096,
  envEntries: 100,
  envValueBytes: 32 * 1024,
  /** execve refuses more; together with the server's own environment it stays well below ARG_MAX. */
  envTotalBytes: 256 * 1024,
  /** What a run's output is searched for takes some 300 times as much memory while it runs. */
  secretsTotalBytes: 64 * 1024,
  timeoutMinMs: 100,
  timeoutMaxMs: 86_400_000,
  pageDefault: 50,
  pageMax: 200,
  /** What lists have of the end of a run's output. */
  previewBytes: 4096,
  /** Of a page of a run's events. */
  eventPageBytes: 1024 * 1024,
  /** Of a page of found lines, about. */
  searchPageBytes: 1024 * 1024,
  searchQueryLength: 1000,
  bodyBytes: 8 * 1024 * 1024,
  /** JSON values and names in one body: a result of `resultBytes` may have 44 000. */
  bodyValues: 100_000,
  /** Of a refused request so many are named. */
  issues: 20,
  /** Of a text that a refusal quotes, in UTF-16 code units. */
  quotedLength: 100,
  resultBytes: 64 * 1024,
  /** What of a browser script's output is kept. */
  pageOutputBytes: 1024 * 1024,
  /** Pieces of output in one report of a page. */
  reportPieces: 1000,
  /** Of the words in which a page tells why a script ended. */
  messageLength: 500,
  userAgentLength: 512,
  /** Of an admin, or a user of a host application. */
  actorNameLength: 256,
  idempotencyKeyLength: 255,
} as const;
