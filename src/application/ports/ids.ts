export interface Ids {
  /** A new ObjectId as 24 hex digits: time first, so that ids sort by it. */
  next(): string;
  /** 128 random bits in hex, not to be guessed. */
  token(): string;
}
