export { createRunlet, VERSION, type Runlet, type RunletOptions } from './composition/create-runlet.js';
export { SettingsError, type SettingsInput } from './composition/settings.js';
export type { RequestHandler } from './adapters/http/mounting/request-handler.js';
export type { Authenticate } from './adapters/http/authenticate.js';
export type { Actor } from './domain/actor.js';
export type { Clock } from './application/ports/clock.js';
export type { Log } from './application/ports/log.js';
export type { Store } from './application/ports/store.js';
