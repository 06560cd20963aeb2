/** Who does something: an admin, a person the host application vouches for, Runlet itself. */
export interface Actor {
  readonly type: 'admin' | 'user' | 'system' | 'anonymous';
  readonly name: string;
}

/** Runlet acting by itself, as when a disabled script ends its queued runs. */
export const SYSTEM: Actor = { type: 'system', name: 'runlet' };

/** Somebody who has not shown who they are. */
export const ANONYMOUS: Actor = { type: 'anonymous', name: '' };

/** Where a command came from. `address` is null when nothing over the network asked for it. */
export interface Origin {
  readonly actor: Actor;
  readonly address: string | null;
  readonly userAgent: string | null;
}
