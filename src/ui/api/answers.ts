import type { OutputOf } from '../../adapters/http/contract/route-spec.js';
import type { Routes } from '../../adapters/http/contract/routes.js';

/** What a route answers, by its name in the contract. Types alone: no schema reaches the bundle. */
export type Answer<Name extends keyof Routes> = OutputOf<Routes[Name]>;
