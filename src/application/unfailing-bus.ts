import type { EventBus } from './ports/event-bus.js';
import type { Log } from './ports/log.js';

/** The same bus: a listener that throws is logged and stops nobody who publishes. What is told is in the store already. */
export const unfailingBus = (bus: EventBus, log: Log): EventBus => {
  const safely = (runId: string, publish: () => void): void => {
    try {
      publish();
    } catch (error) {
      log.error({ err: error, runId }, 'what happened to a run could not be told to all who listen');
    }
  };
  return {
    publish: (runId, events) => safely(runId, () => bus.publish(runId, events)),
    publishRun: (run) => safely(run.id, () => bus.publishRun(run)),
    subscribe: (runId, listener) => bus.subscribe(runId, listener),
    subscribeRuns: (listener) => bus.subscribeRuns(listener),
  };
};
