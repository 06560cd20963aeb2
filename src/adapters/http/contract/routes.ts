import { BROWSER_ROUTES } from './browser-routes.js';
import { RUN_ROUTES } from './run-routes.js';
import { SCRIPT_ROUTES } from './script-routes.js';
import { SERVICE_ROUTES } from './service-routes.js';

/** Every route there is. The router and the OpenAPI document are made from it. */
export const ROUTES = { ...SCRIPT_ROUTES, ...RUN_ROUTES, ...BROWSER_ROUTES, ...SERVICE_ROUTES };

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;
