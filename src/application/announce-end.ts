import { encodeEvent, finalEvents } from '../domain/run/run-event.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import type { EventBus } from './ports/event-bus.js';

/** Tells viewers and lists that a run has ended. */
export const announceEnd = (bus: EventBus, run: ScriptRun): void => {
  bus.publish(run.id, finalEvents(run).map(encodeEvent));
  bus.publishRun(run);
};
