import { BROWSER_ROUTES } from './browser-routes.js';
import type { RouteSpec } from './route-spec.js';
import { RUN_ROUTES } from './run-routes.js';
import { SCRIPT_ROUTES } from './script-routes.js';
import { SERVICE_ROUTES } from './service-routes.js';

/** By what they are about. */
export const ROUTE_GROUPS = {
  Scripts: SCRIPT_ROUTES,
  Runs: RUN_ROUTES,
  'Browser scripts': BROWSER_ROUTES,
  Service: SERVICE_ROUTES,
} as const satisfies Record<string, Record<string, RouteSpec>>;

/** Every route there is. The router and the OpenAPI document are made from it. */
export const ROUTES = { ...SCRIPT_ROUTES, ...RUN_ROUTES, ...BROWSER_ROUTES, ...SERVICE_ROUTES };

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;
