export { openMemoryStore } from './adapters/persistence/memory/memory-store.js';
export { MemoryEventBus } from './adapters/events/memory/memory-event-bus.js';
export { MemoryRunQueue } from './adapters/queue/memory/memory-run-queue.js';
export { fixedClock, type FixedClock } from './adapters/system/fixed-clock.js';
