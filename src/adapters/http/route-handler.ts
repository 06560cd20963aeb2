import type { ParameterizedContext } from 'koa';
import type { Origin } from '../../domain/actor.js';
import type { InputOf, OutputOf, RouteSpec } from './contract/route-spec.js';
import type { Routes } from './contract/routes.js';

export interface RouteState {
  route: {
    /** That its path allows; none where there is no such path. */
    readonly methods: readonly string[];
    /** Whether it needs no credentials. */
    readonly isOpen: boolean;
  };
  /** Who asks, and from where. Absent on routes that are open to everybody. */
  origin: Origin;
  /** Aborted when the one who asks has lost access meanwhile; absent where that cannot happen. */
  withdrawn?: AbortSignal | undefined;
}

export type RouteContext = ParameterizedContext<RouteState>;

/** Answers the JSON of a route; undefined when it has set body and status itself. */
export type Handler<Spec extends RouteSpec> = (
  input: InputOf<Spec>,
  ctx: RouteContext,
) => Promise<OutputOf<Spec> | undefined>;

export type Handlers = { readonly [Name in keyof Routes]: Handler<Routes[Name]> };
